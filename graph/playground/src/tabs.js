/** The tabs that the playground opens with: with a ranking for this person, or for whoever is signed in. */
export const tabsFor = (person) => [
  {
    query: `# A ranking, live: run it, and watch it grow on the right.
subscription LiveRecommendations {
  recommend(input: { ${person ? `user: "${person}", ` : ""}first: 10, deadlineMs: 1000 }) {
    ... on RecommendationUpdate {
      requestId
      sequence
      isFinal
      tookMs
      coverage { percent succeeded timedOut }
      criteria { criterion status waitMs workMs }
      degraded
      picks {
        rank
        score
        movie { id title year }
        reasons
        shares { criterion score }
      }
    }
    ... on UserError { __typename message path }
  }
}
`,
  },
  {
    query: `# Films by title. Typos are forgiven, and a year narrows the year.
query Search($text: String = "godfater 1972") {
  movies(search: $text, first: 10) {
    totalCount
    edges {
      cursor
      node { id title year rating watchCount genres { name } }
    }
    pageInfo { hasNextPage endCursor }
  }
}
`,
  },
  {
    query: `# What you watch most. Sign in first (top right).
query MyTaste {
  viewer {
    id
    name
    taste {
      watchCount
      genres { genre count share }
      eras { decade count share }
    }
    history(first: 10) {
      totalCount
      nodes { watchedAt rating movie { title year } }
    }
  }
}
`,
  },
  {
    query: `# The queues between the services, live: for administrators, or with the embedded defaults.
subscription Pipeline {
  pipeline {
    at
    requestsPerSecond
    requestCount
    queues { name criterion ready unacked consumers oldestMs }
    trails {
      requestId
      mine
      acceptedAt
      finalAt
      steps { criterion status publishedAt startedAt finishedAt mergedAt late worker }
    }
  }
}
`,
  },
];
