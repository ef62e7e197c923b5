import { randomUUID } from 'node:crypto';
import { CHECKSUM_NAMES, checkForm, compositeOf, digestOf, multipartType, parseChecksumName, xmlName, type ChecksumName, type StoredChecksum } from './s3-checksums.ts';
import { checkWrite } from './s3-conditions.ts';
import { invalidArgument, invalidRequest, noSuchUpload, S3Error } from './s3-error.ts';
import { answer, answerXml, bucketOf, headerOf, keptHeaders, quoted, takeLie, versionHeaders, type S3Exchange } from './s3-exchange.ts';
import { receive, receiveText } from './s3-receive.ts';
import { readBlobs, removeBlobs, type Bucket, type S3Upload, type S3Version, type StoredPart } from './s3-store.ts';
import { checkKey, copyBytes, copyRange, copySource, DEFAULT_CHECKSUM, newVersion } from './s3-writing.ts';
import { parseXml, toXml, type XmlValue } from './s3-xml.ts';

export function createMultipartUpload(exchange: S3Exchange): void {
  const bucket = bucketOf(exchange);
  checkKey(exchange.key);
  const algorithm = headerOf(exchange, 'x-amz-checksum-algorithm');
  const wantedType = headerOf(exchange, 'x-amz-checksum-type');
  if (algorithm === undefined && wantedType !== undefined) throw invalidRequest('The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.');
  const name = algorithm === undefined ? null : parseChecksumName(algorithm);
  const type = name === null ? null : multipartType(name, wantedType);
  const id = randomUUID();
  bucket.uploads.set(id, { id, key: exchange.key, started: exchange.now, initiator: exchange.signature.user.accessKeyId, headers: keptHeaders(exchange), storageClass: headerOf(exchange, 'x-amz-storage-class') ?? 'STANDARD', algorithm: name, type, parts: new Map() });
  answerXml(exchange, 'InitiateMultipartUploadResult', { Bucket: bucket.name, Key: exchange.key, UploadId: id }, name === null || type === null ? {} : { 'x-amz-checksum-algorithm': name.toUpperCase(), 'x-amz-checksum-type': type });
}

/** @throws S3Error NoSuchUpload */
export function uploadOf(exchange: S3Exchange, bucket: Bucket): S3Upload {
  const id = exchange.query.get('uploadId') ?? '';
  const upload = bucket.uploads.get(id);
  if (upload === undefined || upload.key !== exchange.key) throw noSuchUpload(id);
  return upload;
}

function partNumber({ query }: S3Exchange): number {
  const number = Number(query.get('partNumber'));
  if (!Number.isInteger(number) || number < 1 || number > 10_000) throw invalidArgument('Part number must be an integer between 1 and 10000, inclusive');
  return number;
}

export async function uploadPart(exchange: S3Exchange): Promise<void> {
  const bucket = bucketOf(exchange);
  const upload = uploadOf(exchange, bucket);
  const number = partNumber(exchange);
  const { blob, md5, checksum, declared } = await receive(exchange, upload.algorithm ?? DEFAULT_CHECKSUM);
  try {
    checkAlgorithm(upload, declared ? checksum.name : null);
    uploadOf(exchange, bucket);
  } catch (error) {
    await removeBlobs([blob]);
    throw error;
  }
  const kept = declared || upload.algorithm !== null;
  await putPart(upload, { number, blob, etag: md5, checksum: kept ? { ...checksum, type: 'FULL_OBJECT' } : null, modified: exchange.now });
  if (!exchange.response.headersSent) answer(exchange, 200, { etag: quoted(md5), [`x-amz-checksum-${checksum.name}`]: checksum.value });
}

/** A composite needs the same algorithm for every part; a checksum of the whole is computed by the server where the part has none. */
function checkAlgorithm({ algorithm, type }: S3Upload, given: ChecksumName | null): void {
  if (algorithm === null || given === algorithm || (given === null && type === 'FULL_OBJECT')) return;
  throw invalidRequest(`Checksum Type mismatch occurred, expected checksum Type: ${algorithm}, actual checksum Type: ${given}`);
}

async function putPart(upload: S3Upload, part: StoredPart): Promise<void> {
  const before = upload.parts.get(part.number);
  upload.parts.set(part.number, part);
  if (before !== undefined) await removeBlobs([before.blob]);
}

export async function uploadPartCopy(exchange: S3Exchange): Promise<void> {
  const upload = uploadOf(exchange, bucketOf(exchange));
  const number = partNumber(exchange);
  const source = copySource(exchange);
  const { start, end } = copyRange(exchange, source);
  const { blob, md5, checksum } = await copyBytes(exchange, source, start, end, upload.algorithm ?? DEFAULT_CHECKSUM);
  await putPart(upload, { number, blob, etag: md5, checksum: upload.algorithm === null ? null : checksum, modified: exchange.now });
  answerXml(exchange, 'CopyPartResult', { ETag: quoted(md5), LastModified: exchange.now.toISOString(), ...(upload.algorithm === null ? {} : { [xmlName(checksum.name)]: checksum.value }) });
}

export async function abortMultipartUpload(exchange: S3Exchange): Promise<void> {
  const bucket = bucketOf(exchange);
  await exchange.store.endUpload(bucket, uploadOf(exchange, bucket), []);
  answer(exchange, 204);
}

export async function completeMultipartUpload(exchange: S3Exchange): Promise<void> {
  const bucket = bucketOf(exchange);
  const upload = uploadOf(exchange, bucket);
  // The checksum in the headers of this request is the object's, not the body's.
  const { text } = await receiveText(exchange, null);
  const parts = wantedParts(upload, parseXml(text, 'CompleteMultipartUpload'), exchange.options.minimumPart);
  const size = parts.reduce((sum, { blob }) => sum + blob.size, 0);
  const wantedSize = headerOf(exchange, 'x-amz-mp-object-size');
  if (wantedSize !== undefined && Number(wantedSize) !== size) throw invalidRequest(`The provided 'x-amz-mp-object-size' header value ${wantedSize} does not match what was computed: ${size}`);
  const late = takeLie(exchange, 'late error');
  if (late !== null) return answer(exchange, 200, {}, toXml('Error', { Code: late.code, Message: 'We encountered an internal error. Please try again.' }));
  const checksum = await completeChecksum(exchange, upload, parts);
  checkWrite(exchange, bucket);
  uploadOf(exchange, bucket);

  const etag = `${(await digestOf('md5', parts.map((part) => Buffer.from(part.etag, 'hex')))).toString('hex')}-${parts.length}`;
  const version: S3Version = { ...newVersion(exchange, bucket), blobs: parts.map(({ blob }) => blob), size, etag, checksum, parts, headers: upload.headers, storageClass: upload.storageClass };
  await exchange.store.endUpload(bucket, upload, parts);
  await exchange.store.publish(bucket, version);
  const content = { Location: `http://${headerOf(exchange, 'host')}/${bucket.name}/${encodeURI(upload.key)}`, Bucket: bucket.name, Key: upload.key, ETag: quoted(etag), [xmlName(checksum.name)]: checksum.value, ChecksumType: checksum.type };
  answerXml(exchange, 'CompleteMultipartUploadResult', content, versionHeaders(bucket, version));
}

interface WantedPart {
  readonly PartNumber?: string;
  readonly ETag?: string;
  readonly [checksum: string]: string | undefined;
}

function wantedParts(upload: S3Upload, content: Readonly<Record<string, unknown>>, minimum: number): readonly StoredPart[] {
  const wanted = Array.isArray(content['Part']) ? (content['Part'] as readonly WantedPart[]) : [];
  if (wanted.length === 0 || wanted.length > 10_000) throw new S3Error(400, 'MalformedXML', 'The XML you provided was not well-formed or did not validate against our published schema');
  const numbers = wanted.map(({ PartNumber }) => Number(PartNumber));
  if (numbers.some((number, at) => number <= (numbers[at - 1] ?? 0))) throw new S3Error(400, 'InvalidPartOrder', 'The list of parts was not in ascending order. The parts list must be specified in order by part number.');
  const parts = wanted.map((wish, at) => {
    const part = upload.parts.get(numbers[at] ?? 0);
    if (part === undefined || part.etag !== (wish.ETag ?? '').replaceAll('"', '')) throw invalidPart(numbers[at]);
    for (const name of CHECKSUM_NAMES) if (wish[xmlName(name)] !== undefined && (part.checksum?.name !== name || part.checksum.value !== wish[xmlName(name)])) throw invalidPart(numbers[at]);
    const { algorithm, type } = upload;
    if (algorithm !== null && type === 'COMPOSITE' && wish[xmlName(algorithm)] === undefined) throw invalidRequest(`The upload was created using a ${algorithm} checksum. The complete request must include the checksum for each part. It was missing for part ${numbers[at]} in the request.`);
    return part;
  });
  const small = parts.slice(0, -1).find(({ blob }) => blob.size < minimum);
  if (small !== undefined) throw new S3Error(400, 'EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size', { ProposedSize: String(small.blob.size), MinSizeAllowed: String(minimum), PartNumber: String(small.number), ETag: small.etag });
  if (upload.type === 'COMPOSITE' && numbers.some((number, at) => number !== at + 1)) throw new S3Error(500, 'InternalError', 'We encountered an internal error. Please try again.');
  return parts;
}

function invalidPart(number: number | undefined): S3Error {
  return new S3Error(400, 'InvalidPart', "One or more of the specified parts could not be found. The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.", { PartNumber: String(number) });
}

/** Computed from the stored bytes, or the parts' checksums, and compared with what the client declares. @throws S3Error BadDigest */
async function completeChecksum(exchange: S3Exchange, upload: S3Upload, parts: readonly StoredPart[]): Promise<StoredChecksum> {
  const given = CHECKSUM_NAMES.filter((one) => headerOf(exchange, `x-amz-checksum-${one}`) !== undefined);
  if (given.length > 1) throw invalidRequest('Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.');
  const name = upload.algorithm ?? given[0] ?? DEFAULT_CHECKSUM;
  const type = upload.type ?? 'FULL_OBJECT';
  if (given[0] !== undefined && given[0] !== name) throw invalidRequest(`Checksum Type mismatch occurred, expected checksum Type: ${name}, actual checksum Type: ${given[0]}`);
  const wantedType = headerOf(exchange, 'x-amz-checksum-type');
  if (wantedType !== undefined && wantedType !== type) throw invalidRequest(`The upload was created using the ${type} checksum mode. The complete request must use the same checksum mode.`);
  if (upload.type === null && name.startsWith('sha')) throw invalidRequest(`The FULL_OBJECT checksum type cannot be used with the ${name} checksum algorithm.`);
  const said = given[0] === undefined ? null : (headerOf(exchange, `x-amz-checksum-${name}`) ?? '');
  if (said !== null) checkForm(name, said, type === 'COMPOSITE');
  if (said !== null && takeLie(exchange, 'echo checksum') !== null) return { name, value: said, type };
  const value = type === 'COMPOSITE' ? await compositeOf(name, parts.map(({ checksum }) => checksum?.value ?? '')) : (await digestOf(name, readBlobs(parts.map(({ blob }) => blob)))).toString('base64');
  if (said !== null && said !== value) throw new S3Error(400, 'BadDigest', `The ${name.toUpperCase()} you specified did not match the calculated checksum.`);
  return { name, value, type };
}

export function listParts(exchange: S3Exchange): void {
  const bucket = bucketOf(exchange);
  const upload = uploadOf(exchange, bucket);
  const marker = Number(exchange.query.get('part-number-marker') ?? 0);
  const most = Math.min(Number(exchange.query.get('max-parts') ?? 1000), exchange.options.pageSize);
  const after = [...upload.parts.values()].filter(({ number }) => number > marker).sort((a, b) => a.number - b.number);
  const page = after.slice(0, most);
  const part = ({ number, modified, etag, blob, checksum }: StoredPart): XmlValue => ({ PartNumber: number, LastModified: modified.toISOString(), ETag: quoted(etag), Size: blob.size, ...(checksum === null ? {} : { [xmlName(checksum.name)]: checksum.value }) });
  answerXml(exchange, 'ListPartsResult', {
    Bucket: bucket.name,
    Key: upload.key,
    UploadId: upload.id,
    StorageClass: upload.storageClass,
    ChecksumAlgorithm: upload.algorithm?.toUpperCase(),
    ChecksumType: upload.type,
    PartNumberMarker: marker,
    NextPartNumberMarker: page.at(-1)?.number ?? 0,
    MaxParts: most,
    IsTruncated: after.length > page.length,
    Part: page.map(part),
  });
}
