/** Amazon Simple Queue Service. */
import { defineService, operation } from "../../kernel/service.js";
import * as messages from "./messages.js";
import * as moveTasks from "./move-tasks.js";
import * as queues from "./queues.js";
import { queueArn, queueOf } from "./tables.js";

export default defineService<typeof import("@aws-sdk/client-sqs")>({
  id: "sqs",
  iamPrefix: "sqs",
  operations: {
    AddPermission: operation(queues.addPermission, queueOf),
    CancelMessageMoveTask: operation(moveTasks.cancelMessageMoveTask, "*"),
    ChangeMessageVisibility: operation(messages.changeMessageVisibility, queueOf),
    ChangeMessageVisibilityBatch: operation(
      messages.changeMessageVisibilityBatch,
      queueOf,
      "sqs:ChangeMessageVisibility",
    ),
    CreateQueue: operation(queues.createQueue, ({ QueueName = "" }, ctx) => queueArn(ctx, QueueName)),
    DeleteMessage: operation(messages.deleteMessage, queueOf),
    DeleteMessageBatch: operation(messages.deleteMessageBatch, queueOf, "sqs:DeleteMessage"),
    DeleteQueue: operation(queues.deleteQueue, queueOf),
    GetQueueAttributes: operation(queues.getQueueAttributes, queueOf),
    GetQueueUrl: operation(queues.getQueueUrl, ({ QueueName = "", QueueOwnerAWSAccountId }, ctx) =>
      queueArn(ctx, QueueName, QueueOwnerAWSAccountId),
    ),
    ListDeadLetterSourceQueues: operation(queues.listDeadLetterSourceQueues, queueOf),
    ListMessageMoveTasks: operation(moveTasks.listMessageMoveTasks, ({ SourceArn = "*" }) => SourceArn),
    ListQueueTags: operation(queues.listQueueTags, queueOf),
    ListQueues: operation(queues.listQueues, "*"),
    PurgeQueue: operation(queues.purgeQueue, queueOf),
    ReceiveMessage: operation(messages.receiveMessage, queueOf),
    RemovePermission: operation(queues.removePermission, queueOf),
    SendMessage: operation(messages.sendMessage, queueOf),
    SendMessageBatch: operation(messages.sendMessageBatch, queueOf, "sqs:SendMessage"),
    SetQueueAttributes: operation(queues.setQueueAttributes, queueOf),
    StartMessageMoveTask: operation(moveTasks.startMessageMoveTask, ({ SourceArn = "*" }) => SourceArn),
    TagQueue: operation(queues.tagQueue, queueOf),
    UntagQueue: operation(queues.untagQueue, queueOf),
  },
  resources: {
    "AWS::SQS::Queue": () => import("./resources/queue.js"),
    "AWS::SQS::QueueInlinePolicy": () => import("./resources/queue-inline-policy.js"),
    "AWS::SQS::QueuePolicy": () => import("./resources/queue-policy.js"),
  },
  timers: { move: moveTasks.move },
  unsupported: {},
});
