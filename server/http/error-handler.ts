import type { ErrorRequestHandler, Response } from 'express';
import { AbortedError } from '../inference/errors.js';
import { problemOf } from './problem-of.js';
import { type Problem, problemBody } from './problems.js';
import { contextOf } from './request-context.js';

export function sendProblem(response: Response, problem: Problem, requestId: string): void {
  response.status(problem.status).set(problem.headers).type('application/problem+json');
  response.send(JSON.stringify(problemBody(problem, requestId)));
}

/** The last handler: every error becomes problem+json; an unforeseen one is logged with its stack and answered without. */
export const errorHandler: ErrorRequestHandler = (error, request, response, _next) => {
  const { id, log } = contextOf(request);
  if (error instanceof AbortedError || response.destroyed) return;
  const problem = problemOf(error);
  if (problem.kind === 'internal') log.error({ err: error }, 'request failed');
  // Half an answer cannot be taken back; ending the connection tells the client that it is not whole.
  if (response.headersSent) response.destroy();
  else sendProblem(response, problem, id);
};
