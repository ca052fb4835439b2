/** `AlexaSkill`: lets Alexa invoke a function. */
import type { EventKind } from "./event.js";
import { makePermission } from "./event.js";

export const alexaSkill: EventKind = {
  properties: { text: "SkillId" },
  expand: (event) => [makePermission(event, { principal: "alexa-appkit.amazon.com", token: event.properties.SkillId })],
};
