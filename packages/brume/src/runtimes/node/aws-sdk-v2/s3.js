/** What version 2 has for S3 beside the operations: managed uploads and presigned URLs. */
const { Request } = require("./request.js");
const { serviceClass } = require("./service.js");
const { presign, strict } = require("./presign.js");

/** The method of HTTP for each operation that is presigned. */
const METHODS = { getObject: "GET", headObject: "HEAD", putObject: "PUT", deleteObject: "DELETE", listObjects: "GET" };

class S3 extends serviceClass("S3") {
  upload(params, options, callback) {
    const done = typeof options === "function" ? options : callback;
    const put = async () => {
      const { ETag } = await this.api.send("putObject", params);
      const { Bucket, Key } = { ...this.config.params, ...params };
      return { ETag, Location: `https://${Bucket}.s3.amazonaws.com/${encodeURI(Key)}`, Bucket, Key, key: Key };
    };
    return new Request(put, done);
  }

  /** Signs at once, as version 2 does. */
  getSignedUrl(operation, params, callback) {
    const { Bucket, Key = "", Expires = 900, ContentType } = { ...this.config.params, ...params };
    const url = presign({
      method: METHODS[operation] ?? "GET",
      endpoint: process.env.AWS_ENDPOINT_URL,
      path: [Bucket, ...Key.split("/")].map(strict).join("/"),
      region: this.config.region ?? process.env.AWS_REGION,
      expires: Expires,
      headers: ContentType ? { "content-type": ContentType } : {},
      credentials: this.config.credentials,
    });
    if (!callback) return url;
    setImmediate(() => callback(null, url));
    return undefined;
  }

  getSignedUrlPromise(operation, params) {
    return Promise.resolve(this.getSignedUrl(operation, params));
  }
}

module.exports = { S3 };
