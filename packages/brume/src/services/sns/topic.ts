/** The model of topics and subscriptions: types, attributes and pure functions. */
import { type Check, constraintCheck } from "../../kernel/constraints.js";
import { AwsError } from "../../kernel/errors.js";

/** A topic as it is stored. Attribute values are text, as the API has them. */
export interface Topic {
  readonly name: string;
  readonly account: string;
  readonly region: string;
  readonly arn: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly dataProtectionPolicy?: string;
  readonly subscriptionsDeleted: number;
  /** Since when it has an archive. */
  readonly archivedSince?: number | undefined;
}

/** A subscription as it is stored, with its topic's owner. */
export interface Subscription {
  readonly id: string;
  readonly arn: string;
  readonly topicArn: string;
  readonly protocol: string;
  readonly endpoint: string;
  readonly owner: string;
  readonly principal: string;
  readonly confirmed: boolean;
  /** Whether ending it needs a signed request. */
  readonly authenticated: boolean;
  /** What confirms it, while it is pending. */
  readonly token: string;
  readonly attributes: Readonly<Record<string, string>>;
}

export interface MessageAttribute {
  readonly DataType?: string | undefined;
  readonly StringValue?: string | undefined;
  readonly BinaryValue?: Uint8Array | undefined;
}
export type MessageAttributes = Readonly<Record<string, MessageAttribute>>;

/** A message on its way to the subscribers. */
export interface Message {
  readonly id: string;
  readonly topicArn: string;
  readonly subject?: string | undefined;
  /** What each protocol is sent; `default` where nothing is said. */
  readonly bodies: Readonly<Record<string, string>>;
  readonly attributes?: MessageAttributes | undefined;
  readonly sentAt: number;
  readonly sequenceNumber?: string | undefined;
  readonly groupId?: string | undefined;
  readonly deduplicationId?: string | undefined;
  /** Whether it comes out of the topic's archive. */
  readonly replayed?: boolean | undefined;
}

export const isFifo = (topic: Pick<Topic, "name">): boolean => topic.name.endsWith(".fifo");

/** Checks a constraint of the API's model. @throws AwsError `ValidationError` */
export const check: Check = constraintCheck("ValidationError");

/** @throws AwsError `ValidationError` where a member is not given */
export function checkGiven(member: string, value: unknown): void {
  if (value === undefined) check(member, undefined, {});
}

export const invalid = (what: string): AwsError =>
  new AwsError("InvalidParameterException", `Invalid parameter: ${what}`);

/** Topic attributes that can be set, and what they may be; any text where nothing is said. */
const SETTABLE: Readonly<Record<string, readonly string[] | undefined>> = {
  ArchivePolicy: undefined,
  ContentBasedDeduplication: ["true", "false"],
  DeliveryPolicy: undefined,
  DisplayName: undefined,
  FifoThroughputScope: ["Topic", "MessageGroup"],
  FifoTopic: ["true", "false"],
  KmsMasterKeyId: undefined,
  MaximumMessageSize: undefined,
  Policy: undefined,
  SignatureVersion: ["1", "2"],
  TracingConfig: ["PassThrough", "Active"],
};
const FEEDBACK =
  /^(HTTP|Firehose|Lambda|Application|SQS)(SuccessFeedbackRoleArn|SuccessFeedbackSampleRate|FailureFeedbackRoleArn)$/;
const JSON_ATTRIBUTES = new Set(["Policy", "DeliveryPolicy"]);
const FIFO_ONLY = new Set(["ArchivePolicy", "ContentBasedDeduplication", "FifoThroughputScope"]);

/** @throws AwsError `InvalidParameter` unless the attributes are ones that a topic takes */
export function checkTopicAttributes(attributes: Readonly<Record<string, string>>, fifo: boolean): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (FEEDBACK.test(name)) continue;
    if (!Object.hasOwn(SETTABLE, name) || (FIFO_ONLY.has(name) && !fifo)) throw invalid("AttributeName");
    const allowed = SETTABLE[name];
    if (allowed && value !== "" && !allowed.includes(value)) throw invalid(`Attributes Reason: ${name}`);
    const parsed = JSON_ATTRIBUTES.has(name) && value !== "" ? parseObject(value, name) : {};
    if (name === "Policy" && !statementsIn(parsed).every(isObject)) throw invalid("Policy Error: null");
    if (name === "ArchivePolicy" && value !== "") checkArchivePolicy(value);
    if (name === "MaximumMessageSize" && !isSize(value)) throw invalid("Attributes Reason: MaximumMessageSize");
    if (name === "DisplayName" && value.length > 100) throw invalid("DisplayName");
  }
}

const statementsIn = ({ Statement = [] }: Readonly<Record<string, unknown>>): unknown[] => [Statement].flat();
const isObject = (value: unknown): boolean => typeof value === "object" && value !== null && !Array.isArray(value);
const isSize = (text: string): boolean => /^\d+$/.test(text) && Number(text) >= 1024 && Number(text) <= 262_144;

function checkArchivePolicy(text: string): void {
  const { MessageRetentionPeriod: days, ...more } = parseObject(text, "ArchivePolicy");
  // An empty policy takes the archive away.
  if (days === undefined && Object.keys(more).length === 0) return;
  if (!/^\d+$/.test(String(days)) || Number(days) < 1 || Number(days) > 365)
    throw invalid("ArchivePolicy: MessageRetentionPeriod must be between 1 and 365 days");
}

/** @throws AwsError `InvalidParameter` unless the name is one that SNS takes */
export function checkTopicName(name: string | undefined, fifo: boolean): asserts name is string {
  if (fifo && !/^[A-Za-z0-9_-]{1,251}\.fifo$/.test(name ?? "")) {
    throw invalid(
      "Fifo Topic names must end with .fifo and must be made up of only uppercase and lowercase ASCII letters, numbers, underscores, and hyphens, and must be between 1 and 256 characters long.",
    );
  }
  if (!fifo && !/^[A-Za-z0-9_-]{1,256}$/.test(name ?? "")) throw invalid("Topic Name");
}

/** Text that must be a JSON object. @throws AwsError `InvalidParameter` */
export function parseObject(text: string, name: string): Record<string, unknown> {
  try {
    const value = JSON.parse(text) as unknown;
    if (isObject(value)) return value as Record<string, unknown>;
  } catch {
    // Refused below, as what is no object is.
  }
  throw invalid(`${name}: failed to parse JSON.`);
}

/** The policy of a topic that was not given one: its owner may do all but change accounts. */
export function defaultPolicy(arn: string, account: string): string {
  return JSON.stringify({
    Version: "2008-10-17",
    Id: "__default_policy_ID",
    Statement: [
      {
        Sid: "__default_statement_ID",
        Effect: "Allow",
        Principal: { AWS: "*" },
        Action: [
          "SNS:GetTopicAttributes",
          "SNS:SetTopicAttributes",
          "SNS:AddPermission",
          "SNS:RemovePermission",
          "SNS:DeleteTopic",
          "SNS:Subscribe",
          "SNS:ListSubscriptionsByTopic",
          "SNS:Publish",
        ],
        Resource: arn,
        Condition: { StringEquals: { "AWS:SourceOwner": account } },
      },
    ],
  });
}
