/** What the published schemas get wrong or leave open, each with AWS's page that says how it is. */

/** What `Ref` returns, where it is neither the schema's own statement nor the whole primary identifier. */
export const identifierOverrides: Readonly<Record<string, readonly string[]>> = {
  // "Ref returns the statement id": AWS::Lambda::Permission, Return values.
  "AWS::Lambda::Permission": ["Id"],
  // Ref returns an id that CloudFormation makes up: AWS::ApiGateway::Method, Return values.
  "AWS::ApiGateway::Method": ["Id"],
  // "Ref returns the ID of the usage plan key": AWS::ApiGateway::UsagePlanKey.
  "AWS::ApiGateway::UsagePlanKey": ["Id"],
  // "Ref returns the gateway response ID".
  "AWS::ApiGateway::GatewayResponse": ["Id"],
  "AWS::ApiGateway::BasePathMapping": ["Id"],
  "AWS::ApiGateway::DocumentationVersion": ["DocumentationVersion"],
  // "Ref returns the ARN of the event invoke config's function and qualifier".
  "AWS::Lambda::EventInvokeConfig": ["Id"],
  // "Ref returns the event rule ID, such as mystack-ScheduledRule-ABCDEFGHIJK": AWS::Events::Rule.
  "AWS::Events::Rule": ["Name"],
  "AWS::IAM::RolePolicy": ["PolicyName"],
  "AWS::IAM::UserPolicy": ["PolicyName"],
  "AWS::IAM::GroupPolicy": ["PolicyName"],
  // "Ref returns the resource name": AWS::IAM::Policy.
  "AWS::IAM::Policy": ["Id"],
  // "Ref returns the topic policy's id".
  "AWS::SNS::TopicPolicy": ["Id"],
};

/** Properties whose change replaces the resource although the schema does not say so. */
export const replacementOverrides: Readonly<Record<string, Readonly<Record<string, "yes">>>> = {
  // "Update requires: Replacement" for both: AWS::Lambda::Version.
  "AWS::Lambda::Version": { FunctionName: "yes", CodeSha256: "yes", Description: "yes" },
};
