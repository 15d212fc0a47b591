/** Moods for people who have no history: a few genres each, and the colours of their tile. */
export const groups = [
  { name: 'Other worlds', genres: ['Sci-Fi', 'Fantasy'], from: '#1b3fa8', to: '#2a0f5e' },
  { name: 'Edge of the seat', genres: ['Thriller', 'Mystery'], from: '#0f4a46', to: '#071a1d' },
  { name: 'Big laughs', genres: ['Comedy'], from: '#a34a00', to: '#5e1d00' },
  { name: 'Matters of the heart', genres: ['Romance', 'Musical'], from: '#a02352', to: '#4a0f38' },
  { name: 'Fast and loud', genres: ['Action', 'Adventure'], from: '#a8321a', to: '#4a0a16' },
  { name: 'Real people', genres: ['Drama', 'Documentary'], from: '#6e2c40', to: '#26101f' },
  { name: 'Crime and shadows', genres: ['Crime', 'Film-Noir'], from: '#33445f', to: '#0a0f1a' },
  { name: 'With the family', genres: ['Animation', 'Children'], from: '#2f4fe0', to: '#3a1f9e' },
  { name: 'Goose bumps', genres: ['Horror'], from: '#7a0e18', to: '#1d0408' },
  { name: 'War and the West', genres: ['War', 'Western'], from: '#5f5b2e', to: '#2a1408' },
] as const
