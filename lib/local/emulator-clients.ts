import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { LOCAL_CREDENTIALS } from './function-host/function-environment.ts';
import { LOCAL_REGION } from './resource-names.ts';

/** Where the emulators listen. */
export interface EmulatorEndpoints {
  readonly kinesis: string;
  readonly dynamodb: string;
  readonly sqs: string;
  readonly s3: string;
}

export interface EmulatorClients {
  readonly kinesis: KinesisClient;
  readonly dynamodb: DynamoDBClient;
  readonly sqs: SQSClient;
  readonly s3: S3Client;
  readonly destroy: () => void;
}

/** Clients for the emulators, whatever this process's environment says. */
export function emulatorClients(endpoints: EmulatorEndpoints): EmulatorClients {
  const config = (endpoint: string) => ({
    endpoint,
    region: LOCAL_REGION,
    credentials: {
      accessKeyId: LOCAL_CREDENTIALS.AWS_ACCESS_KEY_ID,
      secretAccessKey: LOCAL_CREDENTIALS.AWS_SECRET_ACCESS_KEY,
    },
    // HTTP/1.1: the Kinesis client's own choice, HTTP/2, is not what an emulator speaks.
    requestHandler: new NodeHttpHandler(),
  });
  const kinesis = new KinesisClient(config(endpoints.kinesis));
  const dynamodb = new DynamoDBClient(config(endpoints.dynamodb));
  const sqs = new SQSClient(config(endpoints.sqs));
  const s3 = new S3Client({ ...config(endpoints.s3), forcePathStyle: true });
  return {
    kinesis,
    dynamodb,
    sqs,
    s3,
    destroy: () => {
      for (const client of [kinesis, dynamodb, sqs, s3]) client.destroy();
    },
  };
}
