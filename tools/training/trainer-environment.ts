/**
 * What of our environment a trainer may see: what programs need to run, and nothing that could be a secret. A trainer runs the
 * pull request's code, so tokens and keys of the pipeline must not be in its reach.
 */
const PASSED_ON = [
  /^(PATH|HOME|USER|LOGNAME|SHELL|LANG|TMPDIR|TERM|VIRTUAL_ENV|CONDA_PREFIX|LD_LIBRARY_PATH|DYLD_LIBRARY_PATH)$/,
  /^LC_/,
  /^(CUDA|NVIDIA|ROCR|HIP)_/,
  /^(OMP|MKL|OPENBLAS)_NUM_THREADS$/,
];

export interface TrainerInputs {
  readonly datasetPath: string;
  readonly outputFolder: string;
  readonly parametersPath: string;
  readonly featuresPath: string;
  readonly seed: number;
}

/** The environment of the command contract (docs/trainers.md). Time zone and hash seed are fixed, so that a run can be repeated. */
export function trainerEnvironment(
  ours: Readonly<Record<string, string | undefined>>,
  inputs: TrainerInputs,
): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(ours)) {
    if (value !== undefined && PASSED_ON.some((pattern) => pattern.test(name))) env[name] = value;
  }
  return {
    ...env,
    TZ: 'UTC',
    PYTHONHASHSEED: '0',
    SIGNALBOX_DATASET: inputs.datasetPath,
    SIGNALBOX_OUTPUT: inputs.outputFolder,
    SIGNALBOX_PARAMETERS: inputs.parametersPath,
    SIGNALBOX_FEATURES: inputs.featuresPath,
    SIGNALBOX_LABEL: 'label',
    SIGNALBOX_SEED: String(inputs.seed),
  };
}
