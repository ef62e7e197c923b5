import { answer, answerXml, bucketOf, type S3Exchange } from './s3-exchange.ts';
import { receiveText } from './s3-receive.ts';
import { S3Error } from './s3-error.ts';
import { parseXml } from './s3-xml.ts';

export function listBuckets(exchange: S3Exchange): void {
  answerXml(exchange, 'ListAllMyBucketsResult', {
    Owner: { ID: 'fixture', DisplayName: 'fixture' },
    Buckets: { Bucket: exchange.store.buckets().map(({ name, created }) => ({ Name: name, CreationDate: created.toISOString() })) },
  });
}

export function createBucket(exchange: S3Exchange): void {
  exchange.request.resume();
  exchange.store.createBucket(exchange.bucketName);
  answer(exchange, 200, { location: `/${exchange.bucketName}` });
}

export async function deleteBucket(exchange: S3Exchange): Promise<void> {
  await exchange.store.deleteBucket(exchange.bucketName);
  answer(exchange, 204);
}

export function headBucket(exchange: S3Exchange): void {
  bucketOf(exchange);
  answer(exchange, 200, { 'x-amz-bucket-region': exchange.options.region });
}

export function getBucketLocation(exchange: S3Exchange): void {
  bucketOf(exchange);
  const { region } = exchange.options;
  // The first region of all has no name here.
  const text = region === 'us-east-1' ? '' : region;
  answer(exchange, 200, {}, `<?xml version="1.0" encoding="UTF-8"?>\n<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${text}</LocationConstraint>`);
}

export function getBucketVersioning(exchange: S3Exchange): void {
  answerXml(exchange, 'VersioningConfiguration', { Status: bucketOf(exchange).versioning });
}

export async function putBucketVersioning(exchange: S3Exchange): Promise<void> {
  const bucket = bucketOf(exchange);
  const { Status } = parseXml((await receiveText(exchange)).text, 'VersioningConfiguration');
  if (Status !== 'Enabled' && Status !== 'Suspended') throw new S3Error(400, 'IllegalVersioningConfigurationException', 'The Versioning element must be specified');
  bucket.versioning = Status;
  answer(exchange, 200);
}
