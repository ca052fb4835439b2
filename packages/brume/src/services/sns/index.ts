/** Amazon Simple Notification Service. */
import { defineService, operation } from "../../kernel/service.js";
import { confirm, deliver } from "./deliver.js";
import * as publishing from "./publish.js";
import * as subscriptions from "./subscriptions.js";
import { topicArn, topicOf, topicOfSubscription } from "./tables.js";
import * as topics from "./topics.js";

export default defineService<typeof import("@aws-sdk/client-sns")>({
  id: "sns",
  iamPrefix: "sns",
  operations: {
    AddPermission: operation(topics.addPermission, topicOf),
    ConfirmSubscription: operation(subscriptions.confirmSubscription, topicOf),
    CreateTopic: operation(topics.createTopic, ({ Name = "" }, ctx) => topicArn(ctx, Name)),
    DeleteTopic: operation(topics.deleteTopic, topicOf),
    GetDataProtectionPolicy: operation(topics.getDataProtectionPolicy, topicOf),
    GetSMSAttributes: operation(topics.getSmsAttributes, "*"),
    GetSubscriptionAttributes: operation(subscriptions.getSubscriptionAttributes, topicOfSubscription),
    GetTopicAttributes: operation(topics.getTopicAttributes, topicOf),
    ListSubscriptions: operation(subscriptions.listSubscriptions, "*"),
    ListSubscriptionsByTopic: operation(subscriptions.listSubscriptionsByTopic, topicOf),
    ListTagsForResource: operation(topics.listTagsForResource, topicOf),
    ListTopics: operation(topics.listTopics, "*"),
    Publish: operation(publishing.publish, topicOf),
    PublishBatch: operation(publishing.publishBatch, topicOf, "sns:Publish"),
    PutDataProtectionPolicy: operation(topics.putDataProtectionPolicy, topicOf),
    RemovePermission: operation(topics.removePermission, topicOf),
    SetSMSAttributes: operation(topics.setSmsAttributes, "*"),
    SetSubscriptionAttributes: operation(subscriptions.setSubscriptionAttributes, topicOfSubscription),
    SetTopicAttributes: operation(topics.setTopicAttributes, topicOf),
    Subscribe: operation(subscriptions.subscribe, topicOf),
    TagResource: operation(topics.tagResource, topicOf),
    Unsubscribe: operation(subscriptions.unsubscribe, topicOfSubscription),
    UntagResource: operation(topics.untagResource, topicOf),
  },
  resources: {
    "AWS::SNS::Subscription": () => import("./resources/subscription.js"),
    "AWS::SNS::Topic": () => import("./resources/topic.js"),
    "AWS::SNS::TopicInlinePolicy": () => import("./resources/topic-inline-policy.js"),
    "AWS::SNS::TopicPolicy": () => import("./resources/topic-policy.js"),
  },
  timers: { confirm, deliver },
  unsupported: {
    "there are no devices to push to": [
      "CreatePlatformApplication",
      "CreatePlatformEndpoint",
      "DeleteEndpoint",
      "DeletePlatformApplication",
      "GetEndpointAttributes",
      "GetPlatformApplicationAttributes",
      "ListEndpointsByPlatformApplication",
      "ListPlatformApplications",
      "SetEndpointAttributes",
      "SetPlatformApplicationAttributes",
    ],
    "text messages go to the outbox, and reach no phone": [
      "CheckIfPhoneNumberIsOptedOut",
      "CreateSMSSandboxPhoneNumber",
      "DeleteSMSSandboxPhoneNumber",
      "GetSMSSandboxAccountStatus",
      "ListOriginationNumbers",
      "ListPhoneNumbersOptedOut",
      "ListSMSSandboxPhoneNumbers",
      "OptInPhoneNumber",
      "VerifySMSSandboxPhoneNumber",
    ],
  },
});
