import type { z } from 'zod';

/** The first thing that is wrong and where, in one line. */
export function firstIssue(error: z.ZodError): string {
  const issue = error.issues[0];
  if (issue === undefined) return error.message;
  const keyIssue = issue.code === 'invalid_key' ? issue.issues[0]?.message : undefined;
  const place = issue.path.map(String).join('.');
  return `${place === '' ? '' : `${place}: `}${keyIssue ?? issue.message}`;
}
