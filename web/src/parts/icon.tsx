const shapes = {
  check: 'm5 13 4 4L19 7',
  info: 'M12 3a9 9 0 1 0 .01 0M12 11v6M12 7.500v.1',
  no: 'M12 3a9 9 0 1 0 .01 0M6 6l12 12',
  alike: 'M6 7h7a2 2 0 0 1 2 2v10a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2V9a2 2 0 0 1 2-2ZM8 3h10a2 2 0 0 1 2 2v12',
  left: 'm14 6-6 6 6 6',
  right: 'm10 6 6 6-6 6',
  spark: 'M12 3v5M12 16v5M3 12h5M16 12h5M6 6l3 3M15 15l3 3M6 18l3-3M15 9l3-3',
  close: 'm6 6 12 12M18 6 6 18',
  search: 'M11 4a7 7 0 1 0 .01 0M20 20l-4-4',
  home: 'M4 11 12 4l8 7v9h-5v-6H9v6H4Z',
  history: 'M12 4a8 8 0 1 0 .01 0M12 8v5l3 2',
  taste: 'M12 20s-7-4.500-7-9.500A4 4 0 0 1 12 8a4 4 0 0 1 7 2.500C19 15.500 12 20 12 20Z',
  pipeline: 'M4 7h8m4 0h4M4 17h4m4 0h8M14 5a2 2 0 1 0 .01 0M10 15a2 2 0 1 0 .01 0',
  undo: 'M9 7 4 12l5 5M4 12h10a6 6 0 0 1 6 6',
  trash: 'M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13',
  down: 'M12 4v12m-5-5 5 5 5-5M5 20h14',
  up: 'M12 16V4m-5 5 5-5 5 5M5 20h14',
  filter: 'M4 6h16M7 12h10M10 18h4',
  refresh: 'M19 8a8 8 0 1 0 1 6M20 4v5h-5',
  people:
    'M9 5a3.500 3.500 0 1 0 .01 0M3 20c0-4 2.500-6 6-6s6 2 6 6M16 5.500a3 3 0 0 1 0 6M17 14c2.500.500 4 2.500 4 6',
  clock: 'M12 4a8 8 0 1 0 .01 0M12 8v4l3 2',
  plus: 'M12 5v14M5 12h14',
  minus: 'M5 12h14',
  star: 'm12 4 2.500 5.200 5.700.8-4.100 4 1 5.700L12 17l-5.100 2.700 1-5.700-4.100-4 5.700-.8Z',
  warn: 'M12 4 2.500 20h19ZM12 10v4M12 17v.1',
  out: 'M14 4h6v16h-6M4 12h11m-4-4 4 4-4 4',
} as const

export type IconName = keyof typeof shapes

export function Icon({ name, filled }: { name: IconName; filled?: boolean }) {
  return (
    <svg className={filled ? 'icon filled' : 'icon'} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={shapes[name]} />
    </svg>
  )
}
