import { describe, expect, it } from 'vitest';
import { placeOf } from './document-path.js';

const HEX = '0123456789abcdef'.repeat(4);

describe('the path of a document', () => {
  it.each([
    ['features/sources/flights.yaml', 'source', ['flights']],
    ['features/entities/origin.yaml', 'entity', ['origin']],
    ['features/views/origin_delays.yaml', 'feature-view', ['origin_delays']],
    ['models/flight-delay/model.yaml', 'model', ['flight-delay']],
    ['models/flight-delay/versions/12.yaml', 'version-record', ['flight-delay', '12']],
    ['releases/prod/environment.yaml', 'environment', ['prod']],
    [`releases/prod/holds/${HEX}.yaml`, 'hold', ['prod', HEX]],
    ['releases/strategies/canary.yaml', 'strategy', ['canary']],
    ['releases/strategies/environment.yaml', 'strategy', ['environment']],
    ['releases/policies/default.yaml', 'policy', ['default']],
    ['releases/prod/flight-delay.yaml', 'release', ['prod', 'flight-delay']],
  ])('%s says that it is a %s of %j', (path, kind, parts) => {
    expect(placeOf(path)).toEqual({ is: 'document', kind, parts });
  });

  it.each([
    'README.md',
    'package.json',
    'compose.yaml',
    'features/README.md',
    'releases/prod/root.json',
    'docs/features/sources/x.yaml',
    'models/flight-delay/train.py',
    'models/flight-delay/conda.yaml',
    'models/flight-delay/conf/params.yml',
  ])('%s is no document and may stand where it is', (path) => {
    expect(placeOf(path)).toEqual({ is: 'other' });
  });

  it.each([
    ['features/flights.yaml', /Documents under features\/ are: features\/sources\/<name>\.yaml/],
    ['features/source/flights.yaml', /Documents under features/],
    ['features/sources/deep/flights.yaml', /Documents under features/],
    ['features/sources/flights.yml', /Rename it to features\/sources\/flights\.yaml/],
    ['features/sources/flights.YAML', /Rename it to features\/sources\/flights\.yaml/],
    ['features/sources/My Flights.yaml', /Rename it: features\/sources\/<name>\.yaml/],
    ['features/sources/.yaml', /Rename it/],
    [`features/sources/${'a'.repeat(64)}.yaml`, /Rename it/],
    ['models/model.yaml', /Documents under models/],
    ['models/flight-delay/modle.yaml', /Documents under models/],
    ['models/flight-delay/model.yml', /Rename it to models\/flight-delay\/model\.yaml/],
    ['models/flight-delay/versions/v1.yaml', /Rename it/],
    ['models/flight-delay/versions/01.yaml', /Rename it/],
    ['models/flight-delay/versions/a/1.yaml', /Documents under models/],
    ['releases/flight-delay.yaml', /Documents under releases/],
    [`releases/prod/holds/sha256:${HEX}.yaml`, /Rename it/],
    [`releases/prod/holds/${HEX.toUpperCase()}.yaml`, /Rename it/],
    ['releases/Prod/flight-delay.yaml', /Rename it/],
  ])('%s is misplaced, and the finding says where documents go', (path, hint) => {
    const placement = placeOf(path);
    expect(placement.is).toBe('misplaced');
    if (placement.is === 'misplaced') expect(placement.problem.hint).toMatch(hint);
  });
});
