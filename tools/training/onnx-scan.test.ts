import fc from 'fast-check';
import onnxProto from 'onnx-proto';
import { describe, expect, it } from 'vitest';
import { linearOnnx } from '../../tests/support/onnx-models.js';
import { assertSelfContained } from './onnx-scan.js';

const { onnx } = onnxProto;
const EXTERNAL = { dataLocation: 1, externalData: [{ key: 'location', value: '../../../etc/passwd' }] };
const encode = (graph: object, more: object = {}) => onnx.ModelProto.encode({ irVersion: 9, graph, ...more }).finish();
const inNode = (attribute: object) => ({ node: [{ opType: 'If', attribute: [{ name: 'a', ...attribute }] }] });

describe('weights in other files', () => {
  it('are not there in a model that is one file', () => {
    expect(() => assertSelfContained(linearOnnx({ weights: [1, 2], bias: 0 }))).not.toThrow();
  });

  it.each<[string, object]>([
    ['an initializer', { initializer: [{ dims: [1], dataType: 1, ...EXTERNAL }] }],
    ['one that only names its place', { initializer: [{ externalData: EXTERNAL.externalData }] }],
    ['one that only says so', { initializer: [{ dataLocation: 1 }] }],
    ['a sparse initializer', { sparseInitializer: [{ indices: EXTERNAL }] }],
    ['a constant of a node', inNode({ t: EXTERNAL })],
    ['a list of constants', inNode({ tensors: [{}, EXTERNAL] })],
    ['a sparse constant', inNode({ sparseTensor: { values: EXTERNAL } })],
    ['a branch of a branch', inNode({ g: inNode({ graphs: [{ initializer: [EXTERNAL] }] }) })],
  ])('are found in %s', (_what, graph) => {
    expect(() => assertSelfContained(encode(graph))).toThrow(/keeps weights in another file/);
  });

  it('are found where a field is sent twice, which decoders merge', () => {
    const twice = Buffer.concat([encode({ name: 'g' }), encode({ initializer: [EXTERNAL] })]);
    expect(() => assertSelfContained(twice)).toThrow(/keeps weights in another file/);
  });

  it('are found in a function of the model', () => {
    // The bindings here are older than functions: field 25 of the model, field 7 of the function is a node.
    const [node] = [onnx.NodeProto.encode(inNode({ t: EXTERNAL }).node[0]!).finish()];
    const inner = Buffer.concat([Buffer.from([7 * 8 + 2, node!.length]), node!]);
    const outer = Buffer.concat([Buffer.from([0xca, 0x01, inner.length]), inner]);
    expect(() => assertSelfContained(Buffer.concat([encode({}), outer]))).toThrow(/keeps weights in another file/);
  });
});

describe('weights in other files, under numbers that decoders read differently', () => {
  const varint = (value: bigint, bytes = 1): number[] =>
    value > 127n || bytes > 1 ? [Number(value & 127n) | 128, ...varint(value >> 7n, bytes - 1)] : [Number(value)];
  const delimited = (tag: number[], content: readonly number[]) => [
    ...tag,
    ...varint(BigInt(content.length)),
    ...content,
  ];
  /** A model with one initializer of these bytes. */
  const modelWith = (tensor: readonly number[]) =>
    Buffer.from(delimited([7 * 8 + 2], delimited([5 * 8 + 2], [...tensor])));
  const place = [...Buffer.from('\n\x08location\x12\x0b/etc/passwd', 'latin1')];
  const placeTag = BigInt(13 * 8 + 2);
  const kindTag = BigInt(14 * 8);
  const [another, different] = [/keeps weights in another file/, /read differently/];

  it.each<[string, number[], RegExp]>([
    ['a plain tag', delimited(varint(placeTag), place), another],
    ['a tag that is padded to five bytes', delimited(varint(placeTag, 5), place), another],
    ['a tag of six bytes', delimited(varint(placeTag, 6), place), different],
    ['a tag above 32 bits', delimited(varint(placeTag + 2n ** 32n), place), different],
    ['a tag far above 32 bits', delimited(varint(placeTag + 2n ** 63n), place), different],
    ['the field number 0', delimited(varint(2n), place), different],
    ['the field number 2^29', varint(2n ** 32n).concat(1), different],
    ['a place that is a number', [...varint(kindTag), ...varint(1n)], another],
    ['EXTERNAL above 32 bits', [...varint(kindTag), ...varint(2n ** 32n + 1n)], another],
    ['EXTERNAL above 53 bits', [...varint(kindTag), ...varint(2n ** 63n + 1n)], another],
    ['EXTERNAL in ten bytes', [...varint(kindTag), ...varint(1n, 10)], another],
    ['EXTERNAL in eleven bytes', [...varint(kindTag), ...varint(1n, 11)], /ends within a number/],
    ['a length of six bytes', [...varint(1n * 8n + 2n), ...varint(0n, 6)], /a length that no decoder reads/],
  ])('are refused: %s', (_what, tensor, message) => {
    expect(() => assertSelfContained(modelWith(tensor))).toThrow(message);
  });

  it('are not seen in what no decoder takes for them', () => {
    for (const inside of [0n, 2n, 2n ** 32n, 2n ** 32n + 2n]) {
      const tensor = [...varint(kindTag), ...varint(inside)];
      expect(() => assertSelfContained(modelWith(tensor))).not.toThrow();
    }
  });
});

describe('what is no model', () => {
  it.each<[string, Buffer]>([
    ['a zip archive', Buffer.from('504b0304140000000800', 'hex')],
    ['a gzip stream', Buffer.from('1f8b0800000000000003', 'hex')],
    ['a length that leads past the end', Buffer.from([0x3a, 0xff, 0xff, 0xff, 0xff, 0x7f])],
    ['a number without an end', Buffer.alloc(20, 0xff)],
  ])('is refused: %s', (_what, bytes) => {
    expect(() => assertSelfContained(bytes)).toThrow(/not a whole ONNX model/);
  });

  it('is refused however deep its graphs lie in each other', () => {
    let graph: object = { name: 'deepest' };
    for (let depth = 0; depth < 60; depth++) graph = inNode({ g: graph });
    expect(() => assertSelfContained(encode(graph))).toThrow(/more than 100 deep/);
  });

  it('is refused with millions of empty parts, which take two bytes each in the file and far more once decoded', () => {
    const nodes = Buffer.alloc(12_000_000, Buffer.from([0x0a, 0x00]));
    // The length 12,000,000 as a varint.
    const graph = Buffer.concat([Buffer.from([0x3a, 0x80, 0xb6, 0xdc, 0x05]), nodes]);
    expect(() => assertSelfContained(graph)).toThrow(/more than 5,000,000 parts/);
  });

  it('ends soon and in one way, whatever the bytes are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        try {
          assertSelfContained(bytes);
        } catch (error) {
          expect(error).toMatchObject({ code: 'training/failed' });
        }
      }),
      { seed: 31, numRuns: 1000 },
    );
  });
});
