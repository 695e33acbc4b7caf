import type { Graph } from '../../model/graph/graph.js';
import { openResidentSession, type ResidentOutputs, release } from '../../model/onnx/resident-session.js';
import type { HostTensor, SessionOptions } from '../../model/onnx/session.js';
import { updateGraph } from './accumulation-graphs.js';
import type { Accumulator } from './accumulator.js';
import type { FlatLayout } from './flat-parameters.js';
import type { OptimizerSettings } from './optimizer.js';
import { type StepFunction, WEIGHTS, type Weights } from './stepper.js';

const updatedName = (name: keyof Weights) => `updated_${name}`;

const openUpdating = (graph: Graph, options: SessionOptions) =>
  openResidentSession(graph, WEIGHTS.map(updatedName), options);

const updatedWeights = ({ kept }: ResidentOutputs) => ({
  parameters: kept[updatedName('parameters')]!,
  moment1: kept[updatedName('moment1')]!,
  moment2: kept[updatedName('moment2')]!,
});

const numberOf = ({ data }: HostTensor): number => Number(data[0]);

const lossesOf = (outputs: Record<string, HostTensor>): Record<string, number> =>
  Object.fromEntries(
    Object.entries(outputs).flatMap(([name, tensor]) =>
      name.startsWith('loss.') ? [[name.slice('loss.'.length), numberOf(tensor)]] : [],
    ),
  );

/** Steps that are one graph: see trainingGraph. */
export async function wholeStep(graph: Graph, options: SessionOptions): Promise<StepFunction> {
  const session = await openUpdating(graph, options);
  return {
    async run(weights, batch, rates) {
      const outputs = await session.run({ ...batch, ...rates, ...weights });
      return {
        losses: lossesOf(outputs.host),
        gradientNorm: numberOf(outputs.host.gradient_norm!),
        updated: updatedWeights(outputs),
      };
    },
    release: () => session.release(),
  };
}

/** Steps whose gradient is found part by part. */
export async function accumulatedStep(
  accumulator: Accumulator,
  layout: FlatLayout,
  optimizer: OptimizerSettings,
  options: SessionOptions,
): Promise<StepFunction> {
  const session = await openUpdating(updateGraph(layout, optimizer), options);
  return {
    async run(weights, batch, rates) {
      const { losses, gradient } = await accumulator.accumulate(weights.parameters, batch);
      const outputs = await session.run({ ...rates, ...weights, gradient });
      release(gradient);
      return { losses, gradientNorm: numberOf(outputs.host.gradient_norm!), updated: updatedWeights(outputs) };
    },
    async release() {
      await accumulator.release();
      await session.release();
    },
  };
}
