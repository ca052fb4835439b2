/** The events of functions, by their type. */
import type { Json } from "../../../../kernel/resource.js";
import type { JsonObject } from "../../../template/template.js";
import { EventMistake } from "../errors.js";
import type { Expansion, Made, Source } from "../expansion.js";
import { mapOf } from "../plain.js";
import { checkAgainst } from "../property-types.js";
import { alexaSkill } from "./alexa-skill.js";
import { api } from "./api.js";
import { cloudWatchEvent } from "./cloud-watch-event.js";
import { cloudWatchLogs } from "./cloud-watch-logs.js";
import { cognito } from "./cognito.js";
import { documentDb } from "./document-db.js";
import { dynamoDb } from "./dynamo-db.js";
import { type EventKind, targetOf } from "./event.js";
import { httpApi } from "./http-api.js";
import { iotRule } from "./iot-rule.js";
import { kinesis } from "./kinesis.js";
import { mq } from "./mq.js";
import { msk } from "./msk.js";
import { s3 } from "./s3.js";
import { schedule } from "./schedule.js";
import { scheduleV2 } from "./schedule-v2.js";
import { selfManagedKafka } from "./self-managed-kafka.js";
import { sns } from "./sns.js";
import { sqs } from "./sqs.js";

const KINDS: Readonly<Record<string, EventKind>> = {
  AlexaSkill: alexaSkill,
  Api: api,
  CloudWatchEvent: cloudWatchEvent,
  CloudWatchLogs: cloudWatchLogs,
  Cognito: cognito,
  DocumentDB: documentDb,
  DynamoDB: dynamoDb,
  EventBridgeRule: cloudWatchEvent,
  HttpApi: httpApi,
  IoTRule: iotRule,
  Kinesis: kinesis,
  MQ: mq,
  MSK: msk,
  S3: s3,
  SNS: sns,
  SQS: sqs,
  Schedule: schedule,
  ScheduleV2: scheduleV2,
  SelfManagedKafka: selfManagedKafka,
};

/** The kind of an event. @throws Mistake for none that there is */
export function kindOfEvent<Kind>(kinds: Readonly<Record<string, Kind>>, name: string, event: JsonObject): Kind {
  const { Type: type } = event;
  const kind = typeof type === "string" && Object.hasOwn(kinds, type) ? kinds[type] : undefined;
  if (kind !== undefined) return kind;
  const given = type === undefined ? "None" : typeof type === "string" ? type : JSON.stringify(type);
  throw new EventMistake(name, `Resource dict has missing or invalid value for key Type. Event Type is: ${given}.`);
}

/** Makes what a function's events become. @throws Mistake */
export function expandFunctionEvents(
  source: Source,
  fn: Made,
  alias: Made | undefined,
  role: Made,
  expansion: Expansion,
): Made[] {
  const target = targetOf(fn, alias, source.shared);
  const events = Object.entries(mapOf(source.properties.Events)).map(([name, value]) => [name, mapOf(value)] as const);
  for (const [name, event] of events) {
    const kind = kindOfEvent(KINDS, name, event);
    checkAgainst(kind.properties, source.id + name, String(event.Type), mapOf(event.Properties));
  }
  return events.sort(byPath).flatMap(([name, event]) => {
    const kind = kindOfEvent(KINDS, name, event);
    const properties = mapOf(event.Properties);
    return kind.expand({ id: source.id + name, name, properties, target, role, expansion });
  });
}

/** `$default` comes before other paths: its permission is enough for those of the same function. */
function byPath(left: readonly [string, JsonObject], right: readonly [string, JsonObject]): number {
  const key = ([name, event]: readonly [string, JsonObject]): Json => mapOf(event.Properties).Path ?? name;
  const [a, b] = [String(key(left)), String(key(right))];
  return a < b ? -1 : a > b ? 1 : 0;
}
