import type { Handler } from '../handler.js';

export const listModels: Handler<'listModels'> = (_input, { inference }) => {
  const models = inference.models().map(({ manifest: { name, id, family, tasks, config, metrics } }) => {
    return { name, id, family, tasks: [...tasks], config: { ...config }, metrics: { ...metrics } };
  });
  return { status: 200, json: { models } };
};
