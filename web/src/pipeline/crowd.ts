import { Ask, People, SignIn } from '../api/documents'
import { enterAs, type Session } from '../session/session'

const pause = (ms: number) => new Promise(done => setTimeout(done, ms))

/**
 * Lets a few dozen people ask at about the same time, so that the picture lives. It signs in as each of them, which only a
 * Webflix that is open for trying out allows; what they get is thrown away unread.
 */
export async function inviteCrowd(session: Session, people = 16, rounds = 2): Promise<void> {
  const { users } = await session.read(People, { first: people })
  const crowd = await Promise.all(
    (users?.nodes ?? []).map(async user => {
      const { signIn } = await session.command(SignIn, { input: { user: user.id } })
      return signIn.__typename === 'SignInPayload' ? enterAs(signIn.token) : undefined
    }),
  )
  for (let round = 0; round < rounds; round++) {
    for (const member of crowd) {
      void member?.command(Ask, { input: { first: 10, allowPartial: false } }).catch(() => undefined)
      await pause(60 + Math.random() * 120)
    }
  }
}
