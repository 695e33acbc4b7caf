import { expect } from '../errors.js';

/** A graph input as onnxruntime describes it. */
interface InputMetadata {
  name: string;
  type?: string;
}

/** Throws an ExpectationError that names `what`, a graph, and the input unless it takes tokens as they are stored, as float16. */
export function checkTokenInputs(what: string, inputs: readonly InputMetadata[]): void {
  for (const { name, type = 'no tensor' } of inputs) {
    const fits = !name.endsWith('_tokens') || type === 'float16';
    expect(fits, `${what}: ${name}`, 'float16', `${type}, of an older release; export the bundle again`);
  }
}
