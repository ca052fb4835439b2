/** Amazon Simple Notification Service. */
import { defineService, operation } from "../../kernel/service.js";
import { replay } from "./archive.js";
import { ask, forgetPending } from "./consent.js";
import { deliver } from "./deliver.js";
import * as phones from "./phones.js";
import * as platform from "./platform.js";
import * as publishing from "./publish.js";
import { certificateEndpoint } from "./signing.js";
import * as subscriptions from "./subscriptions.js";
import { topicArn, topicOf, topicOfSubscription } from "./tables.js";
import * as topics from "./topics.js";

export default defineService<typeof import("@aws-sdk/client-sns")>({
  id: "sns",
  iamPrefix: "sns",
  operations: {
    AddPermission: operation(topics.addPermission, topicOf),
    CheckIfPhoneNumberIsOptedOut: operation(phones.checkIfPhoneNumberIsOptedOut, "*"),
    ConfirmSubscription: operation(subscriptions.confirmSubscription, topicOf),
    CreatePlatformApplication: operation(platform.createPlatformApplication, "*"),
    CreatePlatformEndpoint: operation(
      platform.createPlatformEndpoint,
      ({ PlatformApplicationArn = "*" }) => PlatformApplicationArn,
    ),
    CreateSMSSandboxPhoneNumber: operation(phones.createSmsSandboxPhoneNumber, "*"),
    CreateTopic: operation(topics.createTopic, ({ Name = "" }, ctx) => topicArn(ctx, Name)),
    DeleteEndpoint: operation(platform.deleteEndpoint, ({ EndpointArn = "*" }) => EndpointArn),
    DeletePlatformApplication: operation(
      platform.deletePlatformApplication,
      ({ PlatformApplicationArn = "*" }) => PlatformApplicationArn,
    ),
    DeleteSMSSandboxPhoneNumber: operation(phones.deleteSmsSandboxPhoneNumber, "*"),
    DeleteTopic: operation(topics.deleteTopic, topicOf),
    GetDataProtectionPolicy: operation(topics.getDataProtectionPolicy, topicOf),
    GetEndpointAttributes: operation(platform.getEndpointAttributes, ({ EndpointArn = "*" }) => EndpointArn),
    GetPlatformApplicationAttributes: operation(
      platform.getPlatformApplicationAttributes,
      ({ PlatformApplicationArn = "*" }) => PlatformApplicationArn,
    ),
    GetSMSAttributes: operation(topics.getSmsAttributes, "*"),
    GetSMSSandboxAccountStatus: operation(phones.getSmsSandboxAccountStatus, "*"),
    GetSubscriptionAttributes: operation(subscriptions.getSubscriptionAttributes, topicOfSubscription),
    GetTopicAttributes: operation(topics.getTopicAttributes, topicOf),
    ListEndpointsByPlatformApplication: operation(
      platform.listEndpointsByPlatformApplication,
      ({ PlatformApplicationArn = "*" }) => PlatformApplicationArn,
    ),
    ListOriginationNumbers: operation(phones.listOriginationNumbers, "*"),
    ListPhoneNumbersOptedOut: operation(phones.listPhoneNumbersOptedOut, "*"),
    ListPlatformApplications: operation(platform.listPlatformApplications, "*"),
    ListSMSSandboxPhoneNumbers: operation(phones.listSmsSandboxPhoneNumbers, "*"),
    ListSubscriptions: operation(subscriptions.listSubscriptions, "*"),
    ListSubscriptionsByTopic: operation(subscriptions.listSubscriptionsByTopic, topicOf),
    ListTagsForResource: operation(topics.listTagsForResource, topicOf),
    ListTopics: operation(topics.listTopics, "*"),
    OptInPhoneNumber: operation(phones.optInPhoneNumber, "*"),
    Publish: operation(publishing.publish, topicOf),
    PublishBatch: operation(publishing.publishBatch, topicOf, "sns:Publish"),
    PutDataProtectionPolicy: operation(topics.putDataProtectionPolicy, topicOf),
    RemovePermission: operation(topics.removePermission, topicOf),
    SetEndpointAttributes: operation(platform.setEndpointAttributes, ({ EndpointArn = "*" }) => EndpointArn),
    SetPlatformApplicationAttributes: operation(
      platform.setPlatformApplicationAttributes,
      ({ PlatformApplicationArn = "*" }) => PlatformApplicationArn,
    ),
    SetSMSAttributes: operation(topics.setSmsAttributes, "*"),
    SetSubscriptionAttributes: operation(subscriptions.setSubscriptionAttributes, topicOfSubscription),
    SetTopicAttributes: operation(topics.setTopicAttributes, topicOf),
    Subscribe: operation(subscriptions.subscribe, topicOf),
    TagResource: operation(topics.tagResource, topicOf),
    Unsubscribe: operation(subscriptions.unsubscribe, topicOfSubscription),
    UntagResource: operation(topics.untagResource, topicOf),
    VerifySMSSandboxPhoneNumber: operation(phones.verifySmsSandboxPhoneNumber, "*"),
  },
  resources: {
    "AWS::SNS::Subscription": () => import("./resources/subscription.js"),
    "AWS::SNS::Topic": () => import("./resources/topic.js"),
    "AWS::SNS::TopicInlinePolicy": () => import("./resources/topic-inline-policy.js"),
    "AWS::SNS::TopicPolicy": () => import("./resources/topic-policy.js"),
  },
  timers: { ask, deliver, "forget pending": forgetPending, replay },
  endpoints: { "signing certificate": certificateEndpoint },
  unsupported: {},
});
