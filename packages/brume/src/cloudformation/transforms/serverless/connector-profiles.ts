/** What connectors grant, by the types they connect. See "AWS SAM connector reference". */

/** A statement that allows: actions, whose service is written once, on ARNs with the connected resources in braces. */
export type Grant = readonly [actions: string, ...resources: string[]];

/** How one type is let use another: by which policy, of which of the two. */
export type Profile =
  | {
      /** A managed policy for the role of one of them. */
      readonly roleOf: "Source" | "Destination";
      readonly access: Readonly<Record<string, readonly Grant[]>>;
      /** The only combinations of permissions that work. */
      readonly combinations?: readonly (readonly string[])[];
      /** What has to wait for the policy. */
      readonly before?: "mapping" | "Source";
    }
  | {
      /** A permission of the function that is the destination. */
      readonly principal: string;
      readonly sourceArn: string;
      readonly sourceAccount?: string;
    }
  | {
      /** A policy of the queue or topic that is the destination. */
      readonly policyOf: "queue" | "topic";
      readonly service: string;
      readonly action: string;
    };

const PLACE = "${AWS::Region}:${AWS::AccountId}";
const EXECUTION = `arn:\${AWS::Partition}:states:${PLACE}:execution:{Destination.Name}:*`;
const SYNC_RULE = `arn:\${AWS::Partition}:events:${PLACE}:rule/StepFunctionsGetEventsForStepFunctionsExecutionRule`;
const EXECUTE_API = `arn:\${AWS::Partition}:execute-api:${PLACE}:{Source.ResourceId}/{Source.Qualifier}`;
const APPSYNC_API = `arn:\${AWS::Partition}:appsync:${PLACE}:apis/{Source.ResourceId}`;

const FROM_SOURCE = { roleOf: "Source" } as const;

const TABLE: Profile = {
  ...FROM_SOURCE,
  access: {
    Read: [
      [
        "dynamodb:GetItem Query Scan BatchGetItem ConditionCheckItem PartiQLSelect",
        "{Destination.Arn}",
        "{Destination.Arn}/index/*",
      ],
    ],
    Write: [
      [
        "dynamodb:PutItem UpdateItem DeleteItem BatchWriteItem PartiQLDelete PartiQLInsert PartiQLUpdate",
        "{Destination.Arn}",
        "{Destination.Arn}/index/*",
      ],
    ],
  },
};

const BUCKET: Profile = {
  ...FROM_SOURCE,
  access: {
    Read: [
      [
        `s3:GetObject GetObjectAcl GetObjectLegalHold GetObjectRetention GetObjectTorrent GetObjectVersion
        GetObjectVersionAcl GetObjectVersionForReplication GetObjectVersionTorrent ListBucket
        ListBucketMultipartUploads ListBucketVersions ListMultipartUploadParts`,
        "{Destination.Arn}",
        "{Destination.Arn}/*",
      ],
    ],
    Write: [
      [
        `s3:AbortMultipartUpload DeleteObject DeleteObjectVersion PutObject PutObjectLegalHold PutObjectRetention
        RestoreObject`,
        "{Destination.Arn}",
        "{Destination.Arn}/*",
      ],
    ],
  },
};

function writing(...grants: readonly Grant[]): Profile {
  return { ...FROM_SOURCE, access: { Write: grants } };
}

const BUS = writing(["events:PutEvents", "{Destination.Arn}"]);
const INVOKED = writing(["lambda:InvokeAsync InvokeFunction", "{Destination.Arn}"]);
const TOPIC = writing(["sns:Publish", "{Destination.Arn}"]);

export const PROFILES: Readonly<Record<string, Readonly<Record<string, Profile>>>> = {
  "AWS::ApiGateway::RestApi": {
    "AWS::Lambda::Function": { principal: "apigateway.amazonaws.com", sourceArn: EXECUTE_API },
  },
  "AWS::ApiGatewayV2::Api": {
    "AWS::Lambda::Function": { principal: "apigateway.amazonaws.com", sourceArn: EXECUTE_API },
  },
  "AWS::AppSync::DataSource": {
    "AWS::DynamoDB::Table": TABLE,
    "AWS::Events::EventBus": BUS,
    "AWS::Lambda::Function": writing(["lambda:InvokeAsync InvokeFunction", "{Destination.Arn}", "{Destination.Arn}:*"]),
  },
  "AWS::AppSync::GraphQLApi": {
    "AWS::Lambda::Function": { principal: "appsync.amazonaws.com", sourceArn: APPSYNC_API },
  },
  "AWS::DynamoDB::Table": {
    "AWS::Lambda::Function": {
      roleOf: "Destination",
      before: "mapping",
      access: {
        Read: [["dynamodb:DescribeStream GetRecords GetShardIterator ListStreams", "{Source.Arn}/stream/*"]],
      },
    },
  },
  "AWS::Events::Rule": {
    "AWS::Events::EventBus": BUS,
    "AWS::Lambda::Function": { principal: "events.amazonaws.com", sourceArn: "{Source.Arn}" },
    "AWS::SNS::Topic": { policyOf: "topic", service: "events.amazonaws.com", action: "sns:Publish" },
    "AWS::SQS::Queue": { policyOf: "queue", service: "events.amazonaws.com", action: "sqs:SendMessage" },
    "AWS::StepFunctions::StateMachine": writing(["states:StartExecution", "{Destination.Arn}"]),
  },
  "AWS::Lambda::Function": {
    "AWS::DynamoDB::Table": TABLE,
    "AWS::Events::EventBus": BUS,
    "AWS::Lambda::Function": INVOKED,
    "AWS::Location::PlaceIndex": {
      ...FROM_SOURCE,
      access: {
        Read: [
          [
            `geo:DescribePlaceIndex GetPlace SearchPlaceIndexForPosition SearchPlaceIndexForSuggestions
            SearchPlaceIndexForText`,
            "{Destination.Arn}",
          ],
        ],
      },
    },
    "AWS::S3::Bucket": BUCKET,
    "AWS::SNS::Topic": TOPIC,
    "AWS::SQS::Queue": {
      ...FROM_SOURCE,
      access: {
        Read: [["sqs:ReceiveMessage GetQueueAttributes", "{Destination.Arn}"]],
        Write: [["sqs:DeleteMessage SendMessage ChangeMessageVisibility PurgeQueue", "{Destination.Arn}"]],
      },
    },
    "AWS::StepFunctions::StateMachine": {
      ...FROM_SOURCE,
      access: {
        Write: [
          ["states:StartExecution StartSyncExecution", "{Destination.Arn}"],
          ["states:StopExecution", EXECUTION],
        ],
        Read: [
          ["states:DescribeStateMachine ListExecutions", "{Destination.Arn}"],
          ["states:DescribeExecution DescribeStateMachineForExecution GetExecutionHistory", EXECUTION],
        ],
      },
    },
  },
  "AWS::S3::Bucket": {
    "AWS::Lambda::Function": {
      principal: "s3.amazonaws.com",
      sourceArn: "{Source.Arn}",
      sourceAccount: "${AWS::AccountId}",
    },
  },
  "AWS::SNS::Topic": {
    "AWS::Lambda::Function": { principal: "sns.amazonaws.com", sourceArn: "{Source.Arn}" },
    "AWS::SQS::Queue": { policyOf: "queue", service: "sns.amazonaws.com", action: "sqs:SendMessage" },
  },
  "AWS::SQS::Queue": {
    "AWS::Lambda::Function": {
      roleOf: "Destination",
      before: "mapping",
      combinations: [["Read", "Write"]],
      access: {
        Write: [["sqs:DeleteMessage", "{Source.Arn}"]],
        Read: [["sqs:ReceiveMessage GetQueueAttributes", "{Source.Arn}"]],
      },
    },
  },
  "AWS::StepFunctions::StateMachine": {
    "AWS::DynamoDB::Table": TABLE,
    "AWS::Events::EventBus": BUS,
    "AWS::Lambda::Function": INVOKED,
    "AWS::S3::Bucket": BUCKET,
    "AWS::SNS::Topic": TOPIC,
    "AWS::SQS::Queue": writing(["sqs:SendMessage", "{Destination.Arn}"]),
    "AWS::StepFunctions::StateMachine": {
      ...FROM_SOURCE,
      before: "Source",
      combinations: [["Read"], ["Read", "Write"]],
      access: {
        Read: [
          ["states:DescribeExecution", EXECUTION],
          ["events:DescribeRule", SYNC_RULE],
        ],
        Write: [
          ["states:StartExecution", "{Destination.Arn}"],
          ["states:StopExecution", EXECUTION],
          ["events:PutTargets PutRule", SYNC_RULE],
        ],
      },
    },
  },
};
