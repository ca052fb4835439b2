/** AWS::CloudWatch::CompositeAlarm */
import { alarmResource } from "./alarm-model.js";

const PROPERTIES = [
  "ActionsEnabled",
  "ActionsSuppressor",
  "ActionsSuppressorExtensionPeriod",
  "ActionsSuppressorWaitPeriod",
  "AlarmActions",
  "AlarmDescription",
  "AlarmName",
  "AlarmRule",
  "InsufficientDataActions",
  "OKActions",
];
const TYPES = {
  numbers: ["ActionsSuppressorExtensionPeriod", "ActionsSuppressorWaitPeriod"],
  booleans: ["ActionsEnabled"],
};

export default alarmResource("CompositeAlarms", PROPERTIES, TYPES);
