import { openPipeline, type Pipeline, type PipelineOptions } from '../registry/index.js';
import type { CommandContext, CommandDefinition, OptionDefinition } from './command.js';

/** What the verbs of the pull-request path have in common. */
export const MODEL_ARGUMENT = [{ name: '<model>', description: 'a folder under models/' }] as const;

export const JUDGE_OPTION: OptionDefinition = {
  flags: '--env <environment>',
  description: 'the environment whose live version and policy judge',
  default: 'prod',
};

export function pipelineOptions(
  args: readonly string[],
  options: Parameters<CommandDefinition['run']>[1],
  context: CommandContext,
): PipelineOptions {
  const { repo, env, signal, wallNow, progress } = context;
  return { repo, env, signal, wallNow, progress, model: args[0]!, environment: String(options.env) };
}

export function openCommandPipeline(...input: Parameters<typeof pipelineOptions>): Promise<Pipeline> {
  return openPipeline(pipelineOptions(...input));
}
