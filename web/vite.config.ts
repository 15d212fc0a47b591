import react from '@vitejs/plugin-react'
import { defineConfig } from 'vitest/config'

const api = process.env.WEBFLIX_API ?? 'http://127.0.0.1:4010'

export default defineConfig({
  // Relative: the page's base element says where the app lives.
  base: './',
  plugins: [react()],
  server: { proxy: { '/graphql': { target: api, ws: true } } },
  build: {
    target: 'es2022',
    sourcemap: false,
    // The page's policy allows no data: fonts, and no inline script that preloads modules.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: 'react', test: /node_modules[\\/](react|react-dom|scheduler)[\\/]/ },
            { name: 'vendor', test: /node_modules[\\/].*\.m?js$/ },
          ],
        },
      },
    },
  },
  test: { environment: 'jsdom', include: ['src/**/*.test.{ts,tsx}'] },
})
