import{n as e}from"./rolldown-runtime-WkwZ5CU-.js";import{f as t,h as n,m as r,p as i,t as ee}from"./vendor-CnAn_4W_.js";import{r as te}from"./react-CTym4sTV.js";import{_ as a,v as o}from"./format-DMkmPhgM.js";var s=e(te(),1),ne=new URL(`.`,document.baseURI).pathname.slice(0,-1),c=new URL(`graphql`,document.baseURI).href,re=c.replace(/^http/,`ws`),l=e=>e.replace(/^movie:/,``),ie=e=>e.includes(`:`)?e:`movie:${e}`,u=e=>`/movie/${encodeURIComponent(l(e))}`,d=e=>`/pipeline/${encodeURIComponent(e)}`,f=class{listeners=new Set;value;constructor(e){this.value=e}get=()=>this.value;set(e){if(!Object.is(e,this.value)){this.value=e;for(let e of this.listeners)e()}}follow=e=>(this.listeners.add(e),()=>this.listeners.delete(e))},p=e=>(0,s.useSyncExternalStore)(e.follow,e.get),m=o(`
  fragment MovieFields on Movie {
    id title year rating watchCount genres { name }
    viewerState { watchedAt rating dismissed }
  }
`),h=o(`
  fragment UpdateFields on RecommendationUpdate {
    requestId sequence isFinal tookMs degraded
    coverage { percent succeeded failed timedOut rejected }
    criteria { criterion status weight waitMs workMs }
    picks { rank score reasons movie { ...MovieFields } shares { criterion score } }
  }
`,[m]),g=o(`
  subscription Recommend($input: RecommendInput!) {
    recommend(input: $input) {
      __typename
      ...UpdateFields
      ... on UserError { message }
      ... on UnavailableError { retryAfterMs }
      ... on OverloadedError { retryAfterMs }
    }
  }
`,[h]),_=o(`
  subscription Resume($id: ID!) {
    recommend: recommendationUpdates(id: $id) {
      __typename
      ...UpdateFields
      ... on UserError { message }
      ... on UnavailableError { retryAfterMs }
      ... on OverloadedError { retryAfterMs }
    }
  }
`,[h]),v=o(`
  fragment EvidenceFields on Pick {
    rank score reasons
    movie { id }
    shares { criterion score evidence { label share count of movie { id title year } } }
  }
`),ae=o(`
  query Explain($id: ID!) {
    recommendation(id: $id) { id isFinal latest { picks { ...EvidenceFields } } }
  }
`,[v]),oe=o(`
  query ExplainFresh($input: RecommendInput!) {
    recommendations(input: $input) {
      __typename
      ... on Recommendation { id latest { picks { ...EvidenceFields } } }
      ... on UserError { message }
    }
  }
`,[v]),se=o(`query Viewer { viewer { id name } }`),ce=o(`query Criteria { criteria { name description weight } }`),le=o(`query MovieById($id: ID!) { movie(id: $id) { ...MovieFields } }`,[m]),y=o(`query Similar($id: ID!, $first: Int!) { movie(id: $id) { id similar(first: $first) { ...MovieFields } } }`,[m]),b=o(`
  query Movies($first: Int!, $after: String, $search: String, $filter: MovieFilter, $orderBy: MovieOrder) {
    movies(first: $first, after: $after, search: $search, filter: $filter, orderBy: $orderBy) {
      totalCount
      pageInfo { hasNextPage endCursor }
      nodes { ...MovieFields }
    }
  }
`,[m]),x=o(`query Trending($first: Int!, $genre: String) { trending(first: $first, genre: $genre) { ...MovieFields } }`,[m]),S=o(`query Genres { genres { id name movieCount } }`),C=o(`
  query Overview {
    viewer {
      id
      history(first: 20) { totalCount nodes { watchedAt rating movie { ...MovieFields } } }
      taste { watchCount genres { genre count share } }
    }
  }
`,[m]),w=o(`
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
`,[m]),T=o(`
  query Taste {
    viewer {
      id
      taste { watchCount genres { genre count share } eras { decade count share } }
      dismissed(first: 100) { ...MovieFields }
    }
  }
`,[m]),E=o(`query Door { developmentSignIn }`),D=o(`
  query People($first: Int!, $search: String) {
    users(first: $first, search: $search) { totalCount nodes { id name } }
  }
`),O=o(`
  mutation SignIn($input: SignInInput!) {
    signIn(input: $input) {
      __typename
      ... on SignInPayload { token user { id name } }
      ... on UserError { message }
    }
  }
`),k=o(`
  mutation RecordWatch($input: RecordWatchInput!) {
    result: recordWatch(input: $input) {
      __typename
      ... on HistoryPayload { watches { watchedAt rating } }
      ... on UserError { message }
    }
  }
`),A=o(`
  mutation RecordWatches($input: RecordWatchesInput!) {
    result: recordWatches(input: $input) { __typename ... on UserError { message } }
  }
`),j=o(`
  mutation RemoveWatches($input: RemoveWatchesInput!) {
    result: removeWatches(input: $input) {
      __typename
      ... on HistoryPayload { watches { watchedAt rating movie { id } } }
      ... on UserError { message }
    }
  }
`),M=o(`
  mutation Dismiss($input: DismissInput!) {
    result: dismissMovie(input: $input) { __typename ... on UserError { message } }
  }
`),N=o(`
  mutation Restore($input: DismissInput!) {
    result: restoreMovie(input: $input) { __typename ... on UserError { message } }
  }
`),P=o(`
  mutation Ask($input: RecommendInput!) {
    requestRecommendations(input: $input) { __typename ... on UserError { message } }
  }
`),F={watchedAt:null,rating:null,dismissed:!1},I=class{marks=new Map;listeners=new Set;of(e){return this.marks.get(e.id)??e.viewerState??F}set(e,t){this.marks.set(e,t);for(let e of this.listeners)e()}follow=e=>(this.listeners.add(e),()=>this.listeners.delete(e))};function L(e,t){return(0,s.useSyncExternalStore)(e?.follow??ue,()=>e?.of(t)??t.viewerState??F)}var ue=()=>()=>void 0,R=1e3,z=1e4,B=[4401,4403],V=class{link=`connecting`;client;listeners=new Set;opened=new Set;timers=[];closed=!1;constructor(e,t,n){this.client=ee({url:e,lazy:!1,lazyCloseTimeout:1e3,keepAlive:12e3,connectionParams:{authorization:`Bearer ${t}`},retryAttempts:1/0,shouldRetry:e=>!B.includes(e?.code),retryWait:e=>new Promise(t=>setTimeout(t,Math.min(8e3,250*2**e)*(.5+Math.random()))),onNonLazyError:()=>void 0,on:{connected:()=>this.connected(),closed:e=>{B.includes(e.code)?n():this.lost()}}}),addEventListener(`offline`,this.gone)}subscribe(e,t,r){return this.client.subscribe({query:n(e),variables:t},{next:e=>{e.errors?.length?r.failed?.(e.errors[0].message):e.data&&r.next(e.data)},error:e=>r.failed?.(H(e)),complete:()=>r.ended?.()})}onReconnect(e){return this.opened.add(e),()=>this.opened.delete(e)}onChange=e=>(this.listeners.add(e),()=>this.listeners.delete(e));dispose(){this.closed=!0,this.clear(),removeEventListener(`offline`,this.gone),Promise.resolve(this.client.dispose()).catch(()=>void 0)}connected(){let e=this.wasLost;if(this.wasLost=!1,this.clear(),this.show(`live`),e)for(let e of this.opened)e()}wasLost=!1;lost(){this.closed||this.wasLost||(this.wasLost=!0,this.timers=[setTimeout(()=>this.show(`reconnecting`),R),setTimeout(()=>this.show(`offline`),z)])}gone=()=>this.show(`offline`);show(e){if(!(this.link===e||this.closed)){this.link=e;for(let e of this.listeners)e()}}clear(){for(let e of this.timers)clearTimeout(e);this.timers=[]}};function H(e){return Array.isArray(e)?String(e[0]?.message??`The request was refused.`):e instanceof Error?e.message:`The connection was lost.`}function U(e){let t=e.weights&&Object.entries(e.weights).map(([e,t])=>({criterion:e,weight:t})),n=t?.some(e=>e.weight>0);return{first:40,filter:{seen:e.seen??!1,...e.start?.length?{genres:e.start}:{}},...n?{weights:t}:{}}}var de=class extends f{own=new Set;live;stop=()=>void 0;retry;unfollow;constructor(e,t={}){super({phase:`idle`,picks:[],criteria:[],degraded:[],round:0,finals:0,settings:t}),this.live=e,this.unfollow=e.onReconnect(()=>this.resume())}start(e=this.get().settings){this.stop(),clearTimeout(this.retry);let t=this.get(),n=t.criteria.map(e=>({...e,status:`QUEUED`,waitMs:null,workMs:null}));this.set({...t,settings:e,phase:`ranking`,criteria:n,degraded:[],requestId:void 0,problem:void 0,round:t.round+1}),this.hold(this.live.subscribe(g,{input:U(e)},this.sink(t.round+1)))}ensure(){this.get().phase===`idle`&&this.start()}dispose(){this.stop(),clearTimeout(this.retry),this.unfollow()}resume(){let{phase:e,requestId:t,round:n}=this.get();if(e===`failed`&&this.start(),e===`ranking`){if(!t)return this.start();this.stop(),this.hold(this.live.subscribe(_,{id:t},this.sink(n)))}}hold(e){this.stop=e}sink(e){let t=()=>this.get().round===e;return{next:({recommend:e})=>t()&&this.receive(e),failed:e=>t()&&this.fail(e)}}receive(e){if(e.__typename!==`RecommendationUpdate`){if(e.__typename===`NotFoundError`)return this.start();this.fail(e.message),`retryAfterMs`in e&&(this.retry=setTimeout(()=>this.start(),Math.max(500,e.retryAfterMs)));return}this.own.add(e.requestId);let t=this.get(),n=e.picks.length===0&&!e.isFinal;this.set({...t,phase:e.isFinal?`final`:`ranking`,picks:n?t.picks:e.picks,criteria:e.criteria,degraded:e.degraded,coverage:e.coverage,requestId:e.requestId,tookMs:e.tookMs,finals:t.finals+ +!!e.isFinal,problem:void 0})}fail(e){this.set({...this.get(),phase:`failed`,problem:e})}};function W(e){try{let t=localStorage.getItem(`webflix.${e}`);return t===null?void 0:JSON.parse(t)}catch{return}}function G(e,t){try{t===void 0?localStorage.removeItem(`webflix.${e}`):localStorage.setItem(`webflix.${e}`,JSON.stringify(t))}catch{}}var K=class{queries;marks=new I;live;ranking;person;commands;constructor(e){this.queries=Q(e?.token,[i,r]),this.commands=Q(e?.token,[r]),e&&(this.person=e.person,this.live=new V(re,e.token,()=>Y(`expired`)),this.ranking=new de(this.live,W(`settings.${e.person.id}`)))}command(e,t){return $(this.commands,e,t)}async read(e,t){let n=await this.queries.query(e,t,{requestPolicy:`network-only`}).toPromise();if(n.error||!n.data)throw Error(n.error?.graphQLErrors[0]?.message??a.link.offline);return n.data}dispose(){this.ranking?.dispose(),this.live?.dispose()}},q=new f(``);function fe(){let e=W(`ticket`);return e?.token&&e.person?.id&&e.person.name?e:void 0}var J=new f(new K(fe()));function pe(e,t){G(`ticket`,{token:e,person:t}),q.set(``),X(new K({token:e,person:t}))}function Y(e=``){G(`ticket`,void 0),q.set(e),X(new K)}function X(e){let t=J.get();J.set(e),t.dispose()}var Z=(0,s.createContext)(J.get()),me=()=>(0,s.useContext)(Z);function he(e){let t=Q(e,[r]);return{command:(e,n)=>$(t,e,n)}}function Q(e,n){let r=e?{authorization:`Bearer ${e}`}:{};return new t({url:c,exchanges:n,fetchOptions:{headers:r,credentials:`same-origin`},preferGetMethod:!1})}async function $(e,t,n){let r=await e.mutation(t,n).toPromise();if(r.error)throw Error(r.error.graphQLErrors[0]?.message??a.link.offline);let i=r.data;if(i.result?.message&&i.result.__typename.endsWith(`Error`))throw Error(i.result.message);return i}export{T as A,D as C,N as D,j as E,ie as F,l as I,u as L,se as M,f as N,O,p as P,ne as R,C as S,A as T,oe as _,q as a,le as b,me as c,L as d,P as f,ae as g,E as h,he as i,x as j,y as k,G as l,M as m,Z as n,Y as o,ce as p,pe as r,J as s,K as t,U as u,S as v,k as w,b as x,w as y,d as z};