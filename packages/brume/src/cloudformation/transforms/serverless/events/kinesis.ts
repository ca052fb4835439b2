/** `Kinesis`: a stream that a function reads. */
import { polled } from "./event-source-mapping.js";

export const kinesis = polled({
  type: "Kinesis",
  properties: { "any!": "Stream StartingPosition" },
  source: "Stream",
  managed: "AWSLambdaKinesisExecutionRole",
});
