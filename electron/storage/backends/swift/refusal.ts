import { type ErrorCode, StorageError } from '../../../../shared/storage/errors.ts';
import { type Answer, type HttpClient, type Method, type RequestOptions, isSuccess } from '../../http/http-client.ts';

export interface AskOptions extends RequestOptions {
  /** how many bytes are to be stored; tells a full storage from a file that is too large */
  readonly storing?: number | undefined;
  /** largest object that the server takes, in bytes */
  readonly maxObject?: number | undefined;
}

/** Asks for something. @throws StorageError for every answer outside of 200-299 */
export async function ask(client: HttpClient, method: Method, uri: string, options: AskOptions = {}): Promise<Answer> {
  const answer = await client.send(method, uri, options);
  if (isSuccess(answer)) return answer;
  throw await refusalOf(client, method, answer, options);
}

/** The error for an answer that is no success, where Swift's meaning is another one than HTTP's. Ends the answer's body. */
export async function refusalOf(client: HttpClient, method: Method, answer: Answer, { storing, maxObject }: AskOptions = {}): Promise<StorageError> {
  const error = await client.refusalOf(method, answer);
  const told = (code: ErrorCode, before: string): StorageError => new StorageError(code, `${before} ${error.message}`, { cause: error, context: error.context });
  switch (answer.status) {
    case 404:
      return method === 'PUT' ? told('not_found', 'The container is not there any more.') : error;
    case 409:
      if (method === 'GET' || method === 'HEAD') return told('unexpected', 'A segment of this large file is missing or was changed, so the server does not give it.');
      return told('unavailable', 'Somebody else changed the same name at the same moment; try again.');
    case 413:
      return storing !== undefined && storing <= (maxObject ?? Infinity) ? told('out_of_space', `${storing.toLocaleString('en-US')} bytes are more than the quota of the account or the container leaves.`) : error;
    case 422:
      return told('checksum_mismatch', 'The server received other bytes than were sent and did not store them.');
    case 498:
      return told('rate_limited', 'The server wants fewer requests.');
    default:
      return error;
  }
}
