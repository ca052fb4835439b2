/** What a document of Systems Manager is: its versions, its content in JSON, YAML or plain text. */
import { createHash } from "node:crypto";
import type { DocumentFormat, DocumentType, PlatformType } from "@aws-sdk/client-ssm";
import { parse, stringify } from "yaml";
import { AwsError } from "../../kernel/errors.js";

export interface Document {
  readonly name: string;
  readonly type: DocumentType;
  readonly createdAt: number;
  readonly latestVersion: number;
  readonly defaultVersion: number;
  readonly tags: Readonly<Record<string, string>>;
  /** Which version each account that it is shared with sees. */
  readonly shares: Readonly<Record<string, string>>;
}

export interface DocumentVersion {
  readonly version: number;
  readonly versionName?: string | undefined;
  readonly displayName?: string | undefined;
  readonly targetType?: string | undefined;
  readonly format: DocumentFormat;
  readonly content: string;
  readonly requires?: readonly { Name: string | undefined; Version?: string | undefined }[] | undefined;
  readonly createdAt: number;
  readonly author: string;
}

export const MAX_CONTENT_BYTES = 64 * 1024;
const PLATFORMS: PlatformType[] = ["Windows", "Linux", "MacOS"];

/** The schemas that the content of a document of each type can have; any, where none is named. */
const SCHEMAS: Readonly<Partial<Record<DocumentType, readonly string[]>>> = {
  Automation: ["0.3"],
  "Automation.ChangeTemplate": ["0.3"],
  Command: ["1.0", "1.1", "1.2", "2.0", "2.1", "2.2"],
  Policy: ["1.0", "1.2", "2.0"],
  Session: ["1.0"],
};

interface Content {
  schemaVersion?: unknown;
  description?: unknown;
  parameters?: Readonly<Record<string, { type?: unknown; description?: unknown; default?: unknown }>>;
}

export const hashOf = ({ content }: DocumentVersion): string => createHash("sha256").update(content).digest("hex");

/** The content as data; `undefined` for what is no object in its format. */
function parseContent(content: string, format: DocumentFormat): Content | undefined {
  if (format === "TEXT") return undefined;
  try {
    const value: unknown = format === "JSON" ? JSON.parse(content) : parse(content);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Content) : undefined;
  } catch {
    return undefined;
  }
}

/** @throws AwsError `InvalidDocumentContent`, `InvalidDocumentSchemaVersion`, `MaxDocumentSizeExceeded` */
export function checkContent(content: string, format: DocumentFormat, type: DocumentType): void {
  if (Buffer.byteLength(content) > MAX_CONTENT_BYTES)
    throw new AwsError("MaxDocumentSizeExceeded", "The size limit of a document is 64 KB.");
  if (format === "TEXT") return;
  const data = parseContent(content, format);
  if (!data) throw new AwsError("InvalidDocumentContent", `${format} not well-formed.`);
  const schemas = SCHEMAS[type];
  if (schemas && data.schemaVersion === undefined)
    throw new AwsError("InvalidDocumentContent", "The document has no schemaVersion.");
  if (schemas && !schemas.includes(String(data.schemaVersion))) {
    throw new AwsError(
      "InvalidDocumentSchemaVersion",
      `The version of the document schema isn't supported: ${data.schemaVersion}.`,
    );
  }
}

/** The content in another format, where there is one. */
export function contentAs({ content, format }: DocumentVersion, wanted: DocumentFormat): string {
  const data = wanted === format || wanted === "TEXT" ? undefined : parseContent(content, format);
  if (!data) return content;
  return wanted === "JSON" ? JSON.stringify(data, undefined, 2) : stringify(data);
}

/** What the content says of itself. */
export function describeContent({ content, format }: DocumentVersion) {
  const { schemaVersion, description, parameters = {} } = parseContent(content, format) ?? {};
  return {
    Description: description === undefined ? undefined : String(description),
    SchemaVersion: schemaVersion === undefined ? undefined : String(schemaVersion),
    PlatformTypes: schemaVersion === undefined ? undefined : PLATFORMS,
    Parameters: Object.entries(parameters).map(([Name, { type, description: about, default: usual }]) => ({
      Name,
      Type: type === "StringList" ? ("StringList" as const) : ("String" as const),
      Description: about === undefined ? undefined : String(about),
      DefaultValue: usual === undefined ? undefined : typeof usual === "string" ? usual : JSON.stringify(usual),
    })),
  };
}
