/** How S3 answers requests whose XML documents are not what its schema says. */
import { AwsError } from "../../kernel/errors.js";
import type { Refusal } from "../../kernel/input-constraints.js";

export const malformedXml = () =>
  new AwsError(
    "MalformedXML",
    "The XML you provided was not well-formed or did not validate against our published schema",
    { status: 400 },
  );

/**
 * How the constraints of the API's model are answered, of which those of documents are kept. What has a code of its own
 * is looked at by itself: lists of grants, regions, protocols of redirects, and the events that notifications are sent for.
 */
export const refusal: Refusal = {
  code: "MalformedXML",
  leaves: ["AccessControlPolicy", "BucketLocationConstraint", "Event", "Protocol"],
  error: (violations) =>
    violations.some(({ path }) => path.includes("."))
      ? malformedXml()
      : new AwsError("MissingRequestBodyError", "Request Body is empty", { status: 400 }),
};
