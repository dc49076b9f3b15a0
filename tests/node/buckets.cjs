// Who am I, and which buckets are there? With whatever credentials the SDK finds by itself.
"use strict";

const { GetCallerIdentityCommand, STSClient } = require("@aws-sdk/client-sts");
const { ListBucketsCommand, S3Client } = require("@aws-sdk/client-s3");

async function main() {
  const { Account } = await new STSClient().send(new GetCallerIdentityCommand());
  const { Buckets } = await new S3Client().send(new ListBucketsCommand());
  console.log(Account, (Buckets ?? []).length);
}

main().catch((error) => {
  console.error(`${error.name}: ${error.message}`);
  process.exitCode = 1;
});
