/** What one connection sends to SQS when it takes every message that it sent: send, receive, delete. */
import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import {
  type CapturedAnswer,
  type CapturedRequest,
  captureAnswer,
  captureRequest,
  withBody,
  withoutHash,
} from "./captured.js";
import type { LoadRequest } from "./load.js";

const HANDLE = "RECEIPT_HANDLE";
/** How long a receive waits for a message that is still on its way. */
const WaitTimeSeconds = 5;

export interface QueueCycle {
  readonly requests: () => LoadRequest[];
  /** What was answered to each when it was first tried. */
  readonly byTarget: Record<string, CapturedAnswer>;
}

/** @param send whatever brings a message into the queue */
export async function queueCycle(url: string, QueueUrl: string, send: CapturedRequest): Promise<QueueCycle> {
  const receive = await captureRequest(SQSClient, url, new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds }));
  const take = new DeleteMessageCommand({ QueueUrl, ReceiptHandle: HANDLE });
  const remove = withoutHash(await captureRequest(SQSClient, url, take));
  const sent = await captureAnswer(url, send);
  const received = await captureAnswer(url, receive);
  const removal = withBody(remove, remove.body.replace(HANDLE, handleIn(received.body)));
  const removed = await captureAnswer(url, removal);
  const target = ({ headers }: CapturedRequest) => headers["x-amz-target"] ?? "";
  return {
    byTarget: { [target(send)]: sent, [target(receive)]: received, [target(remove)]: removed },
    requests: () => {
      let handle = "";
      return [
        send,
        {
          ...receive,
          onAnswer: (body) => {
            handle = handleIn(body);
          },
        },
        { ...remove, bodyNow: () => remove.body.replace(HANDLE, handle) },
      ];
    },
  };
}

function handleIn(body: string): string {
  const { Messages = [] } = JSON.parse(body) as { Messages?: { ReceiptHandle: string }[] };
  const [message] = Messages;
  if (!message) throw new Error("A message that was sent was not received.");
  return message.ReceiptHandle;
}
