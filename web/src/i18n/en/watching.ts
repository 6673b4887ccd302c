export default {
  on: "Watching {task}",
  byBrowser: "A notification comes when the run ends, as long as a tab of Runyard is open.",
  byToast:
    "A message appears on this page when the run ends. This browser does not allow notifications here.",
  ended: "{task}: {status}",
  body: "Run {id}",
  show: "Show",
};
