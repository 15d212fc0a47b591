import { Component, type ReactNode } from 'react'
import { t } from '../strings'
import { Failure } from './failure'
import { loadAnew, MissingPart } from './later'

interface Props {
  at: string // what is shown inside: something else is given a chance of its own
  home?: boolean // whether the start page is a way on
  children: ReactNode
}
interface State {
  error?: unknown
}

/** Keeps an error inside from taking the whole page along, and offers the way on. */
export class Boundary extends Component<Props, State> {
  override state: State = {}

  static getDerivedStateFromError(error: unknown): State {
    return { error }
  }

  override componentDidCatch(error: unknown): void {
    if (error instanceof MissingPart) error.forget()
  }

  override componentDidUpdate(before: Props): void {
    if (before.at !== this.props.at && this.state.error) this.setState({ error: undefined })
  }

  override render(): ReactNode {
    const { error } = this.state
    if (!error) return this.props.children
    const missing = error instanceof MissingPart
    const again = () => (missing ? void loadAnew() : this.setState({ error: undefined }))
    return <Failure message={missing ? error.message : t.states.crashed} retry={again} home={this.props.home} />
  }
}
