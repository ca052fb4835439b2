const { SSMClient, GetParameterCommand } = require("@aws-sdk/client-ssm");

const ssm = new SSMClient();
let greeting;

exports.handler = async (event) => {
  greeting ??= (await ssm.send(new GetParameterCommand({ Name: process.env.GREETING_PARAMETER }))).Parameter.Value;
  return {
    statusCode: 200,
    headers: { "content-type": "text/plain" },
    body: `${greeting} You've hit ${event.path}\n`,
  };
};
