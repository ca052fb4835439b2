/** s3rver, with the bucket `bench`, its objects in files of a directory. */
import S3rver from "s3rver";

const directory = process.argv[2] as string;
const options = { address: "127.0.0.1", port: 0, silent: true, directory, configureBuckets: [{ name: "bench" }] };
const { port } = await new S3rver(options).run();
console.log(`ready http://127.0.0.1:${port}`);
process.once("SIGTERM", () => process.exit(0));
