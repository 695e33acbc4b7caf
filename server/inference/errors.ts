/** A queue is full: the request was not started and may be sent again after `retrySeconds`. */
export class OverloadedError extends Error {
  override name = 'OverloadedError';
  constructor(
    readonly queue: string,
    readonly retrySeconds: number,
  ) {
    super(`too much work is waiting for ${queue}`);
  }
}

/** Not able to answer at the moment: starting, stopping, or the worker that ran the request ended. */
export class UnavailableError extends Error {
  override name = 'UnavailableError';
}

/** No loaded model does what was asked for. */
export class NotOfferedError extends Error {
  override name = 'NotOfferedError';
}

/** A name that no loaded model has. */
export class UnknownModelError extends Error {
  override name = 'UnknownModelError';
  constructor(
    readonly model: string,
    readonly loaded: string[],
  ) {
    super(`no model named ${JSON.stringify(model)} is loaded (loaded: ${loaded.join(', ') || 'none'})`);
  }
}

/** The client left before its work was started. */
export class AbortedError extends Error {
  override name = 'AbortedError';
}

/** The time for a request was over before its work was started. The reason of a signal that is aborted for this. */
export class DeadlineError extends Error {
  override name = 'DeadlineError';
  constructor(readonly milliseconds: number) {
    super(`not done within ${milliseconds} ms`);
  }
}

/** Why work whose signal is aborted is dropped. */
export function droppedBy({ reason }: AbortSignal): Error {
  return reason instanceof DeadlineError ? reason : new AbortedError('the client left');
}
