import { useId } from 'react'
import { t } from '../strings'

interface Props {
  value: number | null
  label: string
  onRate: (rating: number) => void
  compact?: boolean
}

/** Five stars to give, as radio buttons: arrow keys and screen readers know them. Halves are shown, whole ones given. */
export function Stars({ value, label, onRate, compact }: Props) {
  const name = useId()
  return (
    <fieldset className={compact ? 'stars compact' : 'stars'}>
      <legend className={compact ? 'hidden' : ''}>{label}</legend>
      <span className="stars-row">
        {[1, 2, 3, 4, 5].map(n => {
          const fill = value == null ? 0 : Math.min(1, Math.max(0, value - n + 1))
          return (
            <label key={n} className={fill >= 0.75 ? 'star full' : fill >= 0.25 ? 'star half' : 'star'}>
              <input
                type="radio"
                name={name}
                className="hidden"
                checked={value != null && Math.round(value) === n}
                onChange={() => onRate(n)}
                onClick={() => value !== n && value != null && Math.round(value) === n && onRate(n)}
              />
              <span className="hidden">{t.movie.stars(n)}</span>
              <svg viewBox="0 0 24 24" aria-hidden="true" focusable="false">
                <path d="m12 3 2.700 5.700 6.200.800-4.500 4.300 1.100 6.200L12 17l-5.500 3 1.100-6.200L3.100 9.500l6.200-.800Z" />
              </svg>
            </label>
          )
        })}
      </span>
    </fieldset>
  )
}
