import {
  Composer,
  type CST,
  type Document,
  type DocumentOptions,
  Lexer,
  type ParseOptions,
  Parser,
  type SchemaOptions,
  YAMLParseError,
} from 'yaml';

/**
 * Lists and mappings in each other; documents have fewer than ten levels. The library calls itself for each of them, and at the end of the stack Node 20 may not
 * throw: where a regular expression is compiled there, it ends the process (`RegExpCompiler Allocation failed`), which nobody can catch.
 */
export const MAX_LEVELS = 64;

/** Where the level begins that is one too many. */
export interface TooDeep {
  readonly tooDeepAt: number;
}

class TooManyLevels extends Error implements TooDeep {
  constructor(readonly tooDeepAt: number) {
    super(`more than ${MAX_LEVELS} levels`);
  }
}

/**
 * `parseDocument` of the library for texts that anybody may have written: nothing is done about a level beyond the limit. All YAML that we read comes through
 * here. Never throws: what is wrong with a text are errors of its document.
 */
export function composeYaml(
  text: string,
  options: ParseOptions & DocumentOptions & SchemaOptions = {},
): Document.Parsed | TooDeep {
  try {
    // There always is one, since the second argument asks for it; what comes after a second one is not even read.
    const [document, second] = new Composer(options).compose(tokensOf(text), true, text.length);
    if (second !== undefined) {
      const [from, to] = second.range;
      document!.errors.push(new YAMLParseError([from, to], 'MULTIPLE_DOCS', 'The text holds several documents'));
    }
    return document!;
  } catch (error) {
    if (error instanceof TooManyLevels) return { tooDeepAt: error.tooDeepAt };
    throw error;
  }
}

/** What `Parser.parse` does, with a look at the open levels after each step. */
function* tokensOf(text: string): Generator<CST.Token, void> {
  const parser = new Parser();
  for (const lexeme of new Lexer().lex(text)) {
    const { offset } = parser;
    yield* parser.next(lexeme);
    if (parser.stack.length > MAX_LEVELS) throw new TooManyLevels(offset);
  }
  yield* parser.end();
}
