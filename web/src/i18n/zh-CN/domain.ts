export default {
  status: {
    scheduled: "待定时",
    queued: "排队中",
    running: "运行中",
    retrying: "重试中",
    succeeded: "成功",
    failed: "失败",
    timed_out: "超时",
    crashed: "崩溃",
    cancelled: "已取消",
  },
  problem: {
    unreachable: "服务器没有响应",
    unreachableHint: "服务器在运行吗?页面会自动重试。",
    refused: "服务器拒绝了请求",
    own: "页面出错了",
  },
};
