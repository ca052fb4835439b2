/** The module that Lambda gives to inline code of custom resources. See "cfn-response module" in the CloudFormation guide. */
const http = require("node:http");
const https = require("node:https");

exports.SUCCESS = "SUCCESS";
exports.FAILED = "FAILED";

exports.send = (event, context, responseStatus, responseData, physicalResourceId, noEcho) => {
  const body = JSON.stringify({
    Status: responseStatus,
    Reason: `See the details in CloudWatch Log Stream: ${context.logStreamName}`,
    PhysicalResourceId: physicalResourceId || context.logStreamName,
    StackId: event.StackId,
    RequestId: event.RequestId,
    LogicalResourceId: event.LogicalResourceId,
    NoEcho: noEcho || false,
    Data: responseData,
  });
  const url = new URL(event.ResponseURL);
  const headers = { "content-type": "", "content-length": Buffer.byteLength(body) };
  const { request } = url.protocol === "http:" ? http : https;
  const sent = request(url, { method: "PUT", headers }, (response) => {
    response.resume();
    response.on("end", () => context.done());
  });
  sent.on("error", (error) => context.done(error));
  sent.end(body);
};
