import{n as e}from"./rolldown-runtime-WkwZ5CU-.js";import{f as t,g as n,h as r,m as i,p as a,t as ee}from"./vendor-jxuHJcz_.js";import{r as te}from"./react-CTym4sTV.js";import{v as o,y as s}from"./format-BnptVWgn.js";var c=e(te(),1),ne=new URL(`.`,document.baseURI).pathname.slice(0,-1),l=new URL(`graphql`,document.baseURI).href,re=l.replace(/^http/,`ws`),u=e=>e.replace(/^movie:/,``),ie=e=>e.includes(`:`)?e:`movie:${e}`,ae=e=>`/movie/${encodeURIComponent(u(e))}`,d=e=>`/pipeline/${encodeURIComponent(e)}`,f=class{listeners=new Set;value;constructor(e){this.value=e}get=()=>this.value;set(e){if(!Object.is(e,this.value)){this.value=e;for(let e of this.listeners)e()}}follow=e=>(this.listeners.add(e),()=>this.listeners.delete(e))},p=e=>(0,c.useSyncExternalStore)(e.follow,e.get),m=s(`
  fragment MovieFields on Movie {
    id title year rating watchCount genres { name }
    viewerState { watchedAt rating dismissed }
  }
`),h=s(`
  fragment UpdateFields on RecommendationUpdate {
    requestId sequence isFinal tookMs degraded
    coverage { percent succeeded failed timedOut rejected }
    criteria { criterion status weight waitMs workMs }
    picks { rank score reasons movie { ...MovieFields } shares { criterion score } }
  }
`,[m]),g=s(`
  subscription Recommend($input: RecommendInput!) {
    recommend(input: $input) {
      __typename
      ...UpdateFields
      ... on UserError { message }
      ... on UnavailableError { retryAfterMs }
      ... on OverloadedError { retryAfterMs }
    }
  }
`,[h]),_=s(`
  subscription Resume($id: ID!) {
    recommend: recommendationUpdates(id: $id) {
      __typename
      ...UpdateFields
      ... on UserError { message }
      ... on UnavailableError { retryAfterMs }
      ... on OverloadedError { retryAfterMs }
    }
  }
`,[h]),v=s(`
  fragment EvidenceFields on Pick {
    rank score reasons
    movie { id }
    shares { criterion score evidence { label share count of movie { id title year } } }
  }
`),oe=s(`
  query Explain($id: ID!) {
    recommendation(id: $id) { id isFinal latest { picks { ...EvidenceFields } } }
  }
`,[v]),se=s(`
  query ExplainFresh($input: RecommendInput!) {
    recommendations(input: $input) {
      __typename
      ... on Recommendation { id latest { picks { ...EvidenceFields } } }
      ... on UserError { message }
    }
  }
`,[v]),ce=s(`query Viewer { viewer { id name } }`),le=s(`query Criteria { criteria { name description weight } }`),ue=s(`query MovieById($id: ID!) { movie(id: $id) { ...MovieFields } }`,[m]),de=s(`query Similar($id: ID!, $first: Int!) { movie(id: $id) { id similar(first: $first) { ...MovieFields } } }`,[m]),y=s(`
  query Movies($first: Int!, $after: String, $search: String, $filter: MovieFilter, $orderBy: MovieOrder) {
    movies(first: $first, after: $after, search: $search, filter: $filter, orderBy: $orderBy) {
      totalCount
      pageInfo { hasNextPage endCursor }
      nodes { ...MovieFields }
    }
  }
`,[m]),b=Array.from({length:20},(e,t)=>t),x=r([`query FindMany(${b.map(e=>`$t${e}: String = ""`).join(`, `)}) {
      ${b.map(e=>`t${e}: movies(first: 8, search: $t${e}, orderBy: RELEVANCE) { nodes { ...MovieFields } }`).join(` `)}
    }`,``],m),S=s(`query Trending($first: Int!, $genre: String) { trending(first: $first, genre: $genre) { ...MovieFields } }`,[m]),C=s(`query Genres { genres { id name movieCount } }`),w=s(`
  query Overview {
    viewer {
      id
      history(first: 20) { totalCount nodes { watchedAt rating movie { ...MovieFields } } }
      taste { watchCount genres { genre count share } }
    }
  }
`,[m]),T=s(`
  query History($first: Int!, $after: String) {
    viewer {
      id
      history(first: $first, after: $after) {
        totalCount
        pageInfo { hasNextPage endCursor }
        nodes { watchedAt rating movie { ...MovieFields } }
      }
    }
  }
`,[m]),E=s(`
  query Taste {
    viewer {
      id
      taste { watchCount genres { genre count share } eras { decade count share } }
      dismissed(first: 100) { ...MovieFields }
    }
  }
`,[m]),D=s(`query Door { developmentSignIn }`),O=s(`
  query People($first: Int!, $search: String) {
    users(first: $first, search: $search) { totalCount nodes { id name } }
  }
`),k=s(`
  mutation SignIn($input: SignInInput!) {
    signIn(input: $input) {
      __typename
      ... on SignInPayload { token user { id name } }
      ... on UserError { message }
    }
  }
`),A=s(`
  mutation RecordWatch($input: RecordWatchInput!) {
    result: recordWatch(input: $input) {
      __typename
      ... on HistoryPayload { watches { watchedAt rating } }
      ... on UserError { message }
    }
  }
`),j=s(`
  mutation RecordWatches($input: RecordWatchesInput!) {
    result: recordWatches(input: $input) { __typename ... on UserError { message } }
  }
`),M=s(`
  mutation RemoveWatches($input: RemoveWatchesInput!) {
    result: removeWatches(input: $input) {
      __typename
      ... on HistoryPayload { watches { watchedAt rating movie { id } } }
      ... on UserError { message }
    }
  }
`),N=s(`
  mutation Dismiss($input: DismissInput!) {
    result: dismissMovie(input: $input) { __typename ... on UserError { message } }
  }
`),P=s(`
  mutation Restore($input: DismissInput!) {
    result: restoreMovie(input: $input) { __typename ... on UserError { message } }
  }
`),F=s(`
  mutation Ask($input: RecommendInput!) {
    requestRecommendations(input: $input) { __typename ... on UserError { message } }
  }
`),I={watchedAt:null,rating:null,dismissed:!1},L=class{marks=new Map;listeners=new Set;of(e){return this.marks.get(e.id)??e.viewerState??I}set(e,t){this.marks.set(e,t);for(let e of this.listeners)e()}follow=e=>(this.listeners.add(e),()=>this.listeners.delete(e))};function fe(e,t){return(0,c.useSyncExternalStore)(e?.follow??R,()=>e?.of(t)??t.viewerState??I)}var R=()=>()=>void 0,z=1e3,B=1e4,V=[4401,4403],pe=class{link=`connecting`;client;listeners=new Set;opened=new Set;timers=[];closed=!1;constructor(e,t,n){this.client=ee({url:e,lazy:!1,lazyCloseTimeout:1e3,keepAlive:12e3,connectionParams:{authorization:`Bearer ${t}`},retryAttempts:1/0,shouldRetry:e=>!V.includes(e?.code),retryWait:e=>me(Math.min(8e3,250*2**e)*(.5+Math.random())),onNonLazyError:()=>void 0,on:{connected:()=>this.connected(),closed:e=>{V.includes(e.code)?n():this.lost()}}}),addEventListener(`offline`,this.gone),navigator.onLine||(this.link=`offline`)}subscribe(e,t,r){return this.client.subscribe({query:n(e),variables:t},{next:e=>{e.errors?.length?r.failed?.(e.errors[0].message):e.data&&r.next(e.data)},error:e=>r.failed?.(he(e)),complete:()=>r.ended?.()})}onReconnect(e){return this.opened.add(e),()=>this.opened.delete(e)}onChange=e=>(this.listeners.add(e),()=>this.listeners.delete(e));dispose(){this.closed=!0,this.clear(),removeEventListener(`offline`,this.gone),Promise.resolve(this.client.dispose()).catch(()=>void 0)}connected(){let e=this.wasLost;if(this.wasLost=!1,this.clear(),this.show(`live`),e)for(let e of this.opened)e()}wasLost=!1;lost(){this.closed||this.wasLost||(this.wasLost=!0,this.timers=[setTimeout(()=>this.link!==`offline`&&this.show(`reconnecting`),z),setTimeout(()=>this.show(`offline`),B)])}gone=()=>this.show(`offline`);show(e){if(!(this.link===e||this.closed)){this.link=e;for(let e of this.listeners)e()}}clear(){for(let e of this.timers)clearTimeout(e);this.timers=[]}};function me(e){return new Promise(t=>{let n=()=>{clearTimeout(r),removeEventListener(`online`,n),t()},r=setTimeout(n,e);addEventListener(`online`,n)})}function he(e){return Array.isArray(e)?String(e[0]?.message??`The request was refused.`):e instanceof Error?e.message:`The connection was lost.`}function H(e){let t=e.weights&&Object.entries(e.weights).map(([e,t])=>({criterion:e,weight:t})),n=t?.some(e=>e.weight>0);return{first:40,filter:{seen:e.seen??!1,...e.start?.length?{genres:e.start}:{}},...n?{weights:t}:{}}}var ge=class extends f{own=new Set;live;stop=()=>void 0;retry;unfollow;shelf;constructor(e,t={},n){super({phase:`idle`,picks:[],criteria:[],degraded:[],round:0,finals:0,settings:t}),this.live=e,this.shelf=n,this.unfollow=[e.onReconnect(()=>this.resume()),e.onChange(()=>this.fallBack())]}start(e=this.get().settings){this.stop(),clearTimeout(this.retry);let t=this.get(),n=t.criteria.map(e=>({...e,status:`QUEUED`,waitMs:null,workMs:null}));this.set({...t,settings:e,phase:`ranking`,criteria:n,degraded:[],requestId:void 0,problem:void 0,round:t.round+1}),this.hold(this.live.subscribe(g,{input:H(e)},this.sink(t.round+1))),this.fallBack()}ensure(){this.get().phase===`idle`&&this.start()}dispose(){this.stop(),clearTimeout(this.retry);for(let e of this.unfollow)e()}fallBack(){let e=this.get();if(e.picks.length>0||e.phase!==`ranking`||![`reconnecting`,`offline`].includes(this.live.link))return;let t=this.shelf?.load();t?.length&&this.set({...e,phase:`failed`,picks:t,problem:o.rank.kept})}resume(){let{phase:e,requestId:t,round:n}=this.get();if(e===`failed`&&this.start(),e===`ranking`){if(!t)return this.start();this.stop(),this.hold(this.live.subscribe(_,{id:t},this.sink(n)))}}hold(e){this.stop=e}sink(e){let t=()=>this.get().round===e;return{next:({recommend:e})=>t()&&this.receive(e),failed:e=>t()&&this.fail(e)}}receive(e){if(e.__typename!==`RecommendationUpdate`){if(e.__typename===`NotFoundError`)return this.start();this.fail(e.message),`retryAfterMs`in e&&(this.retry=setTimeout(()=>this.start(),Math.max(500,e.retryAfterMs)));return}this.own.add(e.requestId);let t=this.get(),n=e.picks.length===0&&!e.isFinal;this.set({...t,phase:e.isFinal?`final`:`ranking`,picks:n?t.picks:e.picks,criteria:e.criteria,degraded:e.degraded,coverage:e.coverage,requestId:e.requestId,tookMs:e.tookMs,finals:t.finals+ +!!e.isFinal,problem:void 0}),e.isFinal&&e.picks.length>0&&this.shelf?.save(e.picks)}fail(e){this.set({...this.get(),phase:`failed`,problem:e})}};function U(e){try{let t=localStorage.getItem(`webflix.${e}`);return t===null?void 0:JSON.parse(t)}catch{return}}function W(e,t){try{t===void 0?localStorage.removeItem(`webflix.${e}`):localStorage.setItem(`webflix.${e}`,JSON.stringify(t))}catch{}}var G=class{queries;marks=new L;live;ranking;person;commands;constructor(e){if(this.queries=Q(e?.token,[a,i]),this.commands=Q(e?.token,[i]),!e)return;this.person=e.person,this.live=new pe(re,e.token,()=>Y(`expired`));let t=K(e.person);this.ranking=new ge(this.live,U(`settings.${e.person.id}`),{load:()=>U(t),save:e=>W(t,e)})}command(e,t){return $(this.commands,e,t)}async read(e,t){let n=await this.queries.query(e,t,{requestPolicy:`network-only`}).toPromise();if(n.error||!n.data)throw Error(n.error?.graphQLErrors[0]?.message??o.states.noConnection);return n.data}dispose(){this.ranking?.dispose(),this.live?.dispose()}},K=e=>`ranking.${e.id}`,q=new f(``);function _e(){let e=U(`ticket`);return e?.token&&e.person?.id&&e.person.name?e:void 0}var J=new f(new G(_e()));function ve(e,t){W(`ticket`,{token:e,person:t}),q.set(``),X(new G({token:e,person:t}))}function Y(e=``){let{person:t}=J.get();W(`ticket`,void 0),t&&W(K(t),void 0),q.set(e),X(new G)}function X(e){let t=J.get();J.set(e),t.dispose()}var Z=(0,c.createContext)(J.get()),ye=()=>(0,c.useContext)(Z);function be(e){let t=Q(e,[i]);return{command:(e,n)=>$(t,e,n)}}function Q(e,n){let r=e?{authorization:`Bearer ${e}`}:{};return new t({url:l,exchanges:n,fetchOptions:{headers:r,credentials:`same-origin`},preferGetMethod:!1})}async function $(e,t,n){let r=await e.mutation(t,n).toPromise();if(r.error)throw Error(r.error.graphQLErrors[0]?.message??o.states.noConnection);let i=r.data;if(i.result?.message&&i.result.__typename.endsWith(`Error`))throw Error(i.result.message);return i}export{de as A,d as B,w as C,M as D,j as E,p as F,ie as I,u as L,S as M,ce as N,P as O,f as P,ae as R,y as S,A as T,se as _,q as a,T as b,ye as c,fe as d,F as f,oe as g,D as h,be as i,E as j,k,W as l,N as m,Z as n,Y as o,le as p,ve as r,J as s,G as t,H as u,x as v,O as w,ue as x,C as y,ne as z};