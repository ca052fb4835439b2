/** Templates made in memory: as many resources as one asks for. */

type Resources = Record<string, object>;

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);
const resources = (count: number, make: (index: number) => Resources): Resources =>
  Object.assign({}, ...numbers(count).map(make));

/** How many resources stand in a row of which each refers to the one before. */
const CHAIN = 10;

/** Queues, in chains: each is tagged with the name of the one before it. */
export const queues = (count: number): Resources =>
  resources(count, (index) => {
    const before = index % CHAIN === 0 ? "first" : { "Fn::GetAtt": [`Queue${index - 1}`, "QueueName"] };
    const Properties = { VisibilityTimeout: 45, Tags: [{ Key: "after", Value: before }] };
    return { [`Queue${index}`]: { Type: "AWS::SQS::Queue", Properties } };
  });

/** Resources of a type that has no behaviour here, in chains. */
export const modelled = (count: number): Resources =>
  resources(count, (index) => {
    const before = index % CHAIN === 0 ? "first" : { Ref: `Fleet${index - 1}` };
    const Properties = { Name: `fleet-${index}`, Description: before };
    return { [`Fleet${index}`]: { Type: "AWS::GameLift::Fleet", Properties } };
  });

export const CODE = "exports.handler = async (event) => event;";
export const TRUST = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" }],
};

/** Functions, each with a role and a log group of its own. */
export const functions = (count: number, Runtime: string): Resources =>
  resources(count, (index) => ({
    [`Role${index}`]: { Type: "AWS::IAM::Role", Properties: { AssumeRolePolicyDocument: TRUST } },
    [`Logs${index}`]: { Type: "AWS::Logs::LogGroup", Properties: { RetentionInDays: 7 } },
    [`Function${index}`]: {
      Type: "AWS::Lambda::Function",
      Properties: {
        Runtime,
        Handler: "index.handler",
        Code: { ZipFile: CODE },
        Role: { "Fn::GetAtt": [`Role${index}`, "Arn"] },
        LoggingConfig: { LogGroup: { Ref: `Logs${index}` } },
      },
    },
  }));
