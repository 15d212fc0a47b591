import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..', '..')

/** A port that nobody listens on. */
export function freePort(): Promise<number> {
  return new Promise((done, failed) => {
    const server = createServer()
    server.on('error', failed)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => done(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

/** The real program with its embedded defaults, in a data folder of its own. */
export class Webflix {
  readonly url: string
  private readonly port: number
  private readonly running: boolean
  private readonly folder: string
  private readonly data: string
  private readonly program: string
  private process?: ChildProcess
  private log = ''

  /** Without a running server's address it starts one of its own. */
  constructor(port: number, running?: string) {
    this.port = port
    this.running = running !== undefined
    this.url = running ?? `http://127.0.0.1:${port}`
    this.folder = mkdtempSync(join(tmpdir(), 'webflix-e2e-'))
    chmodSync(this.folder, 0o755) // started as root, PostgreSQL runs as another user
    // A folder that is kept from run to run spares the training of the model.
    this.data = process.env.WEBFLIX_E2E_DATA ?? join(this.folder, 'data')
    this.program = process.env.WEBFLIX_BINARY ?? join(this.folder, 'webflix')
  }

  /** Starts it, below a base path where one is given. */
  async start(base = ''): Promise<void> {
    if (this.running) return
    if (!existsSync(this.program))
      execFileSync('go', ['build', '-o', this.program, '.'], { cwd: root, stdio: 'inherit' })
    const args = ['--data-dir', this.data, '--listen', `127.0.0.1:${this.port}`, '--open=false', '--base-path', base]
    const child = spawn(this.program, args, { stdio: ['ignore', 'pipe', 'pipe'], env: environment() })
    this.process = child
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', text => (this.log += text))
    for (let i = 0; i < 900; i++) {
      if (child.exitCode !== null) throw new Error(`webflix ended with ${child.exitCode}:\n${this.log.slice(-2000)}`)
      if (await answers(this.url + base)) return
      await new Promise(done => setTimeout(done, 200))
    }
    throw new Error(`webflix does not answer:\n${this.log.slice(-2000)}`)
  }

  /** Ends it at once, as a crash would, and waits until it is gone. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.process
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const gone = new Promise(done => child.once('exit', done))
    child.kill(signal)
    await gone
  }

  async dispose(): Promise<void> {
    await this.kill('SIGTERM')
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** Only what the program needs: a DATABASE_URL of the caller must not lead it to a real database. */
function environment(): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR, WEBFLIX_CACHE_DIR } = process.env
  // The tests sign in and ask far more often than a person would.
  return {
    PATH,
    HOME,
    TMPDIR,
    WEBFLIX_CACHE_DIR,
    WEBFLIX_LIMIT_ADDRESS_RATE: '1000',
    WEBFLIX_LIMIT_ADDRESS_BURST: '5000',
    WEBFLIX_LIMIT_VIEWER_RATE: '1000',
    WEBFLIX_LIMIT_VIEWER_BURST: '5000',
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"query":"{ developmentSignIn criteria { name } }"}',
    })
    const { data } = (await response.json()) as { data?: { criteria?: unknown[] } }
    return (data?.criteria?.length ?? 0) > 0
  } catch {
    return false
  }
}

/** The made-up server of dev/, for states that the real one reaches only when something is broken. */
export async function startPretender(settings: Record<string, string>): Promise<{ url: string; stop: () => void }> {
  const port = await freePort()
  const child = spawn('node', ['dev/server.mjs'], {
    cwd: join(root, 'web'),
    env: { ...process.env, DIST: '1', PORT: String(port), ...settings },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await new Promise(done => child.stdout.once('data', done))
  return { url: `http://127.0.0.1:${port}`, stop: () => child.kill() }
}
