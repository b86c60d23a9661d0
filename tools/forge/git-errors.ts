import { type ErrorCode, isSignalboxError, SignalboxError } from '@signalbox/contracts';

interface KnownFailure {
  readonly says: RegExp;
  readonly code: ErrorCode;
  /** `<name>`: what the first group of `says` found. */
  readonly hint: string;
  /** Worth the same call again. */
  readonly retryable?: true;
  /** In place of the call and Git's own words, where those would not help. */
  readonly message?: string;
}

/** What Git says, and what it means for us. The first row that matches wins. */
const KNOWN_FAILURES: readonly KnownFailure[] = [
  {
    says: /ENOENT|not found: git|spawn git/,
    code: 'environment/missing-tool',
    hint: 'Install Git 2.38 or newer: https://git-scm.com/downloads',
  },
  {
    says: /usage: git merge-tree|unknown option.*write-tree/i,
    code: 'environment/missing-tool',
    hint: 'This Git cannot merge in a bare repository: install Git 2.38 or newer.',
  },
  {
    says: /not a git repository|does not appear to be a git repository/i,
    code: 'input/not-a-repository',
    hint: 'Run the command inside a Git repository, name one with --repo, or make one with `signalbox init`.',
  },
  {
    says: /tell me who you are|empty ident name|no email was given|no name was given|unable to auto-detect email/i,
    code: 'git/no-identity',
    message: 'Git does not know who commits: it has no user.name or no user.email',
    hint: 'Say who commits: git config --global user.name "Your Name" && git config --global user.email you@example.com',
  },
  {
    says: /GH006|GH013|protected branch|pre-receive hook declined|push declined/i,
    code: 'release/refused',
    hint: 'A rule of the repository refuses the push: what the message names is allowed to others, or after a review.',
  },
  {
    says: /authentication failed|could not read (username|password)|permission to \S+ denied|permission denied \(publickey|returned error: 40[13]/i,
    code: 'forge/unauthorized',
    hint: 'Git may not read or push there: see docs/github.md for what the token or the App needs.',
  },
  {
    says: /could not resolve host|failed to connect|connection (reset|refused|timed out)|returned error: 5\d\d|early EOF|operation too slow|unexpected disconnect|operation timed out/i,
    code: 'forge/unavailable',
    hint: 'The forge cannot be reached: run the command again later.',
    retryable: true,
  },
  {
    says: /'refs\/heads\/([^']+)' exists; cannot create/,
    code: 'git/conflict',
    hint: 'Git keeps no branch in a folder that is called like another branch: rename <name>, or delete it (git push origin --delete <name>), and run the command again.',
  },
  {
    says: /^CONFLICT|merge conflict|could not apply|non-fast-forward|fetch first/im,
    code: 'git/conflict',
    hint: 'Someone else changed the same place: git pull, solve it, and run the command again.',
  },
];

/** A failed Git call as one of our errors: the call and Git's own words, and what to do next. */
export function asGitError(thrown: unknown, args: readonly string[]): SignalboxError {
  if (isSignalboxError(thrown)) return thrown;
  const said = thrown instanceof Error ? thrown.message.trim() : String(thrown);
  const known = KNOWN_FAILURES.find((failure) => failure.says.test(said));
  const message = known?.message ?? `git ${shorten(args)} failed: ${said || 'no message'}`;
  return new SignalboxError(known?.code ?? 'git/failed', message, {
    hint:
      known?.hint.replaceAll('<name>', known.says.exec(said)?.[1] ?? '') ??
      'Run the same Git command by hand to see more.',
    retryable: known?.retryable ?? false,
    cause: thrown,
  });
}

/** The subcommand and its first words, without settings: enough to find the call, without pages of message text. */
function shorten(args: readonly string[]): string {
  const words = args.filter((word, at) => word !== '-c' && args[at - 1] !== '-c');
  const text = words.slice(0, 4).join(' ').replaceAll('\n', ' ');
  return text.length > 100 ? `${text.slice(0, 97)}...` : text;
}
