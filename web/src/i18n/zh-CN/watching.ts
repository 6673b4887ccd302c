export default {
  on: "正在关注 {task}",
  byBrowser: "只要有一个 Runyard 标签页开着,运行结束时就会收到通知。",
  byToast: "运行结束时本页会显示消息。此浏览器不允许在这里发送通知。",
  ended: "{task}:{status}",
  body: "运行 {id}",
  show: "查看",
};
