import type { Request, Response } from 'express';
import type { Core } from '../core.js';
import type { operations } from './api.js';

export type OperationId = keyof operations;

type JsonContent<Message> = Message extends { content: { 'application/json': infer Body } } ? Body : never;
type Parameters<K extends OperationId, In extends 'path' | 'query'> = NonNullable<operations[K]['parameters'][In]>;
type Responses<K extends OperationId> = operations[K]['responses'];
type StatusOf<K extends OperationId> = keyof Responses<K> & number;

/** One answer that the contract allows for an operation: its status, and the JSON that goes with it. */
export type Answer<K extends OperationId> = {
  [Status in StatusOf<K>]: { status: Status; headers?: Record<string, string> } & ([
    JsonContent<Responses<K>[Status]>,
  ] extends [never]
    ? { json?: undefined }
    : { json: JsonContent<Responses<K>[Status]> });
}[StatusOf<K>];

/** The JSON body of an operation. Forms arrive in the same shape, with an Upload where a picture is. */
export type Body<K extends OperationId> = JsonContent<NonNullable<operations[K]['requestBody']>>;

/** What was asked, as far as the contract's validator let it through. */
export interface Call<K extends OperationId> {
  path: Parameters<K, 'path'>;
  query: Parameters<K, 'query'>;
  body: Body<K>;
  /** Aborted when the client leaves before the answer, or when its time is over. */
  signal: AbortSignal;
  /** Gives the request no longer than this from now on, where it is a number of milliseconds. */
  expireAfter(milliseconds: number | undefined): void;
}

/** A call over HTTP. */
export interface Input<K extends OperationId> extends Call<K> {
  request: Request;
}

/** Answers a checked call as the contract says, wherever it came from. */
export type Handler<K extends OperationId> = (input: Call<K>, core: Core) => Answer<K> | Promise<Answer<K>>;

/** Answers with something else than one JSON value. */
export type RawHandler<K extends OperationId> = (
  input: Input<K>,
  core: Core,
  response: Response,
) => void | Promise<void>;
