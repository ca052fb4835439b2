/** Deliveries over HTTP. */
import { request as httpRequest, type RequestOptions } from "node:http";
import { request as httpsRequest } from "node:https";

const HTTP_TIMEOUT_MS = 15_000;

/** Why a delivery failed, and whether it is worth trying again. */
export class DeliveryFailure extends Error {
  readonly again: boolean;
  constructor(message: string, again: boolean) {
    super(message);
    this.again = again;
  }
}

/** The headers of a message to an endpoint. */
export function headersFor(type: string, id: string, topicArn: string, contentType: string): Record<string, string> {
  return {
    "x-amz-sns-message-type": type,
    "x-amz-sns-message-id": id,
    "x-amz-sns-topic-arn": topicArn,
    "content-type": contentType,
    "user-agent": "Amazon Simple Notification Service Agent",
  };
}

/** @throws DeliveryFailure unless the endpoint answers 2xx; a 4xx other than 429 is final */
export function post(url: string, headers: Record<string, string>, body: string): Promise<void> {
  const content = Buffer.from(body);
  const { username, password } = new URL(url);
  const options: RequestOptions = {
    method: "POST",
    headers: { ...headers, "content-length": String(content.length) },
    timeout: HTTP_TIMEOUT_MS,
    ...(username === "" ? {} : { auth: `${decodeURIComponent(username)}:${decodeURIComponent(password)}` }),
  };
  return new Promise((resolve, reject) => {
    const request = (url.startsWith("https:") ? httpsRequest : httpRequest)(url, options, (response) => {
      response.resume();
      const status = response.statusCode as number;
      if (status >= 200 && status < 300) resolve();
      else reject(new DeliveryFailure(`HTTP ${status}`, status >= 500 || status === 429));
    });
    request.on("timeout", () => request.destroy(new Error("The endpoint did not answer in time.")));
    request.on("error", ({ message }) => reject(new DeliveryFailure(message, true)));
    request.end(content);
  });
}
