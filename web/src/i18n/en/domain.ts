export default {
  status: {
    scheduled: "Scheduled",
    queued: "Queued",
    running: "Running",
    retrying: "Retrying",
    succeeded: "Succeeded",
    failed: "Failed",
    timed_out: "Timed out",
    crashed: "Crashed",
    cancelled: "Cancelled",
  },
  problem: {
    unreachable: "The server does not answer",
    unreachableHint: "Is it running? The page tries again by itself.",
    refused: "The server refused",
    own: "The page made a mistake",
  },
};
