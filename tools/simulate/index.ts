export type { Effect } from './behaviour.js';
export { describeSimulation, type PlayedScenario } from './describe.js';
export { type Scenario, scenariosOf, unseenBy } from './scenarios.js';
export { type Played, playScenarios, type SimulationOptions, type Spread, type Summary, simulate } from './simulate.js';
export { simulateRollout } from './simulate-rollout.js';
export type { NamedStrategy, Outcome, World } from './world.js';
