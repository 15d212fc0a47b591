import{n as e}from"./rolldown-runtime-WkwZ5CU-.js";import{f as t,g as n,h as r,m as i,p as ee,t as a}from"./vendor-jxuHJcz_.js";import{r as te,t as ne}from"./react-CTym4sTV.js";import{b as o,v as s,y as c}from"./format-DRzx6TT8.js";var l=e(te(),1),re=new URL(`.`,document.baseURI).pathname.slice(0,-1),u=new URL(`graphql`,document.baseURI).href,ie=u.replace(/^http/,`ws`),d=e=>e.replace(/^movie:/,``),ae=e=>e.includes(`:`)?e:`movie:${e}`;function oe(e){try{return decodeURIComponent(e)}catch{return e}}var se=e=>`/movie/${encodeURIComponent(d(e))}`,ce=e=>`/pipeline/${encodeURIComponent(e)}`,f=class{listeners=new Set;value;constructor(e){this.value=e}get=()=>this.value;set(e){if(!Object.is(e,this.value)){this.value=e;for(let e of this.listeners)e()}}follow=e=>(this.listeners.add(e),()=>this.listeners.delete(e))},p=e=>(0,l.useSyncExternalStore)(e.follow,e.get),m=o(`
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
`,[m]),le=o(`
  subscription Recommend($input: RecommendInput!) {
    recommend(input: $input) {
      __typename
      ...UpdateFields
      ... on UserError { message }
      ... on UnavailableError { retryAfterMs }
      ... on OverloadedError { retryAfterMs }
    }
  }
`,[h]),g=o(`
  subscription Resume($id: ID!) {
    recommend: recommendationUpdates(id: $id) {
      __typename
      ...UpdateFields
      ... on UserError { message }
      ... on UnavailableError { retryAfterMs }
      ... on OverloadedError { retryAfterMs }
    }
  }
`,[h]),_=o(`
  fragment EvidenceFields on Pick {
    rank score reasons
    movie { id }
    shares { criterion score evidence { label share count of movie { id title year } } }
  }
`),ue=o(`
  query Explain($id: ID!) {
    recommendation(id: $id) { id isFinal latest { picks { ...EvidenceFields } } }
  }
`,[_]),de=o(`
  query ExplainFresh($input: RecommendInput!) {
    recommendations(input: $input) {
      __typename
      ... on Recommendation { id latest { picks { ...EvidenceFields } } }
      ... on UserError { message }
    }
  }
`,[_]),fe=o(`query Viewer { viewer { id name } }`),pe=o(`query Criteria { criteria { name description weight } }`),me=o(`query MovieById($id: ID!) { movie(id: $id) { ...MovieFields } }`,[m]),he=o(`query Similar($id: ID!, $first: Int!) { movie(id: $id) { id similar(first: $first) { ...MovieFields } } }`,[m]),ge=o(`
  query Movies($first: Int!, $after: String, $search: String, $filter: MovieFilter, $orderBy: MovieOrder) {
    movies(first: $first, after: $after, search: $search, filter: $filter, orderBy: $orderBy) {
      totalCount
      pageInfo { hasNextPage endCursor }
      nodes { ...MovieFields }
    }
  }
`,[m]),v=Array.from({length:20},(e,t)=>t),y=r([`query FindMany(${v.map(e=>`$t${e}: String = ""`).join(`, `)}) {
      ${v.map(e=>`t${e}: movies(first: 8, search: $t${e}, orderBy: RELEVANCE) { nodes { ...MovieFields } }`).join(` `)}
    }`,``],m),b=o(`query Trending($first: Int!, $genre: String) { trending(first: $first, genre: $genre) { ...MovieFields } }`,[m]),x=o(`query Genres { genres { id name movieCount } }`),S=o(`
  query Overview {
    viewer {
      id
      history(first: 20) { totalCount nodes { watchedAt rating movie { ...MovieFields } } }
      taste { watchCount genres { genre count share } }
    }
  }
`,[m]),C=o(`
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
`,[m]),w=o(`
  query Taste {
    viewer {
      id
      taste { watchCount genres { genre count share } eras { decade count share } }
      dismissed(first: 100) { ...MovieFields }
    }
  }
`,[m]),T=o(`query Door { developmentSignIn }`),E=o(`
  query People($first: Int!, $search: String) {
    users(first: $first, search: $search) { totalCount nodes { id name } }
  }
`),D=o(`
  mutation SignIn($input: SignInInput!) {
    signIn(input: $input) {
      __typename
      ... on SignInPayload { token user { id name } }
      ... on UserError { message }
    }
  }
`),O=o(`
  mutation RecordWatch($input: RecordWatchInput!) {
    result: recordWatch(input: $input) {
      __typename
      ... on HistoryPayload { watches { watchedAt rating } }
      ... on UserError { message }
    }
  }
`),k=o(`
  mutation RecordWatches($input: RecordWatchesInput!) {
    result: recordWatches(input: $input) { __typename ... on UserError { message } }
  }
`),A=o(`
  mutation RemoveWatches($input: RemoveWatchesInput!) {
    result: removeWatches(input: $input) {
      __typename
      ... on HistoryPayload { watches { watchedAt rating movie { id } } }
      ... on UserError { message }
    }
  }
`),j=o(`
  mutation Dismiss($input: DismissInput!) {
    result: dismissMovie(input: $input) { __typename ... on UserError { message } }
  }
`),M=o(`
  mutation Restore($input: DismissInput!) {
    result: restoreMovie(input: $input) { __typename ... on UserError { message } }
  }
`),N=o(`
  mutation Ask($input: RecommendInput!) {
    requestRecommendations(input: $input) { __typename ... on UserError { message } }
  }
`),P=ne(),F=new f([]),I=0,L=9e3;function _e(e,t){F.set([...F.get().slice(-2),{id:++I,text:e,undo:t}])}function ve(e){F.set([...F.get().slice(-2),{id:++I,text:e,bad:!0}])}var ye=()=>F.set([]),R=e=>F.set(F.get().filter(t=>t.id!==e));function be(){let e=p(F);return(0,P.jsx)(`div`,{className:`toasts`,role:`status`,"aria-live":`polite`,children:e.map(e=>(0,P.jsx)(z,{toast:e},e.id))})}function z({toast:e}){let[t,n]=(0,l.useState)(!1),r=(0,l.useRef)(L);return(0,l.useEffect)(()=>{if(t)return;let n=performance.now(),i=setTimeout(()=>R(e.id),r.current);return()=>{clearTimeout(i),r.current=Math.max(2e3,r.current-(performance.now()-n))}},[t,e.id]),(0,P.jsxs)(`div`,{className:e.bad?`toast bad`:`toast`,onPointerEnter:()=>n(!0),onPointerLeave:()=>n(!1),onFocus:()=>n(!0),onBlur:()=>n(!1),children:[(0,P.jsx)(`span`,{children:e.text}),e.undo&&(0,P.jsx)(`button`,{type:`button`,className:`link`,onClick:()=>{e.undo?.(),R(e.id)},children:c.toast.undo}),(0,P.jsx)(`button`,{type:`button`,className:`icon-button small`,"aria-label":c.toast.close,onClick:()=>R(e.id),children:(0,P.jsx)(s,{name:`close`})})]})}var B={watchedAt:null,rating:null,dismissed:!1},xe=class{marks=new Map;listeners=new Set;of(e){return this.marks.get(e.id)??e.viewerState??B}set(e,t){this.marks.set(e,t);for(let e of this.listeners)e()}follow=e=>(this.listeners.add(e),()=>this.listeners.delete(e))};function Se(e,t){return(0,l.useSyncExternalStore)(e?.follow??Ce,()=>e?.of(t)??t.viewerState??B)}var Ce=()=>()=>void 0,we=1e3,Te=1e4,Ee=1e4,De=5e3,V=[4401,4403],Oe=class extends WebSocket{constructor(e,t){super(e,t),this.addEventListener(`close`,e=>{V.includes(e.code)||(e.stopImmediatePropagation(),this.onclose?.(new CloseEvent(`close`,{code:1006,reason:e.reason})))})}},ke=class{link=`connecting`;client;listeners=new Set;opened=new Set;timers=[];silence;socket;since=0;tries=0;wasLost=!1;closed=!1;constructor(e,t,n){this.client=a({url:e,webSocketImpl:Oe,lazy:!1,keepAlive:12e3,connectionParams:{authorization:`Bearer ${t}`},retryAttempts:1/0,shouldRetry:e=>!V.includes(e?.code),retryWait:()=>this.rest(),onNonLazyError:()=>void 0,on:{connecting:()=>this.listen(),connected:e=>this.connected(e),ping:e=>e||this.listen(),pong:e=>e&&this.restore(),message:()=>clearTimeout(this.silence),closed:e=>{clearTimeout(this.silence),this.closed||(V.includes(e.code)?n():this.lost())}}}),addEventListener(`offline`,this.gone),addEventListener(`online`,this.verify),navigator.onLine||(this.link=`offline`)}subscribe(e,t,r){return this.closed?()=>void 0:this.client.subscribe({query:n(e),variables:t},{next:e=>{this.closed||(e.errors?.length?r.failed?.(e.errors[0].message):e.data&&r.next(e.data))},error:e=>this.closed||r.failed?.(je(e)),complete:()=>this.closed||r.ended?.()})}onReconnect(e){return this.opened.add(e),()=>this.opened.delete(e)}onChange=e=>(this.listeners.add(e),()=>this.listeners.delete(e));dispose(){this.closed=!0,this.clear(),removeEventListener(`offline`,this.gone),removeEventListener(`online`,this.verify),Promise.resolve(this.client.dispose()).catch(()=>void 0),this.socket||this.client.terminate(),clearTimeout(this.silence)}connected(e){if(this.closed)return;this.socket=e,this.since=performance.now();let t=this.wasLost;this.wasLost=!1,this.clear(),this.show(`live`),t&&this.tellOpened()}lost(){this.socket&&performance.now()-this.since>De&&(this.tries=0),this.socket=void 0,this.wasLost||(this.wasLost=!0,this.timers=[setTimeout(()=>this.link!==`offline`&&this.show(`reconnecting`),we),setTimeout(()=>this.show(`offline`),Te)])}listen(){clearTimeout(this.silence),this.silence=setTimeout(()=>this.client.terminate(),Ee)}gone=()=>this.show(`offline`);verify=()=>{this.socket?.readyState===WebSocket.OPEN&&(this.socket.send(`{"type":"ping"}`),this.listen())};restore(){!this.closed&&this.socket&&this.link!==`live`&&(this.show(`live`),this.tellOpened())}tellOpened(){for(let e of this.opened)e()}show(e){if(!(this.link===e||this.closed)){this.link=e;for(let e of this.listeners)e()}}clear(){for(let e of this.timers)clearTimeout(e);this.timers=[]}async rest(){await Ae(Math.min(8e3,250*2**this.tries++)*(.5+Math.random())),this.closed&&await new Promise(()=>void 0)}};function Ae(e){return new Promise(t=>{let n=()=>{clearTimeout(r),removeEventListener(`online`,n),t()},r=setTimeout(n,e);addEventListener(`online`,n)})}function je(e){return Array.isArray(e)?String(e[0]?.message??`The request was refused.`):e instanceof Error?e.message:`The connection was lost.`}function H(e){let t=e.weights&&Object.entries(e.weights).map(([e,t])=>({criterion:e,weight:t})),n=t?.some(e=>e.weight>0);return{first:40,filter:{seen:e.seen??!1,...e.start?.length?{genres:e.start}:{}},...n?{weights:t}:{}}}var Me=class extends f{own=new Set;live;stop=()=>void 0;retry;unfollow;shelf;disposed=!1;constructor(e,t={},n){super({phase:`idle`,picks:[],criteria:[],degraded:[],round:0,finals:0,settings:t}),this.live=e,this.shelf=n,this.unfollow=[e.onReconnect(()=>this.resume()),e.onChange(()=>this.fallBack())]}start(e=this.get().settings){if(this.disposed)return;this.stop(),clearTimeout(this.retry);let t=this.get(),n=t.criteria.map(e=>({...e,status:`QUEUED`,waitMs:null,workMs:null}));this.set({...t,settings:e,phase:`ranking`,criteria:n,degraded:[],requestId:void 0,problem:void 0,round:t.round+1}),this.hold(this.live.subscribe(le,{input:H(e)},this.sink(t.round+1))),this.fallBack()}ensure(){this.get().phase===`idle`&&this.start()}dispose(){this.disposed=!0,this.stop(),clearTimeout(this.retry);for(let e of this.unfollow)e()}fallBack(){let e=this.get();if(e.picks.length>0||e.phase!==`ranking`||![`reconnecting`,`offline`].includes(this.live.link))return;let t=this.shelf?.load();t?.length&&this.set({...e,phase:`failed`,picks:t,problem:c.rank.kept})}resume(){let{phase:e,requestId:t,round:n}=this.get();if(e===`failed`&&this.start(),e===`ranking`){if(!t)return this.start();this.stop(),this.hold(this.live.subscribe(g,{id:t},this.sink(n)))}}hold(e){this.stop=e}sink(e){let t=()=>!this.disposed&&this.get().round===e;return{next:({recommend:e})=>t()&&this.receive(e),failed:e=>t()&&this.fail(e)}}receive(e){if(e.__typename!==`RecommendationUpdate`){if(e.__typename===`NotFoundError`)return this.start();this.fail(e.message),`retryAfterMs`in e&&(this.retry=setTimeout(()=>this.start(),Math.max(500,e.retryAfterMs)));return}this.own.add(e.requestId);let t=this.get(),n=e.picks.length===0&&!e.isFinal;this.set({...t,phase:e.isFinal?`final`:`ranking`,picks:n?t.picks:e.picks,criteria:e.criteria,degraded:e.degraded,coverage:e.coverage,requestId:e.requestId,tookMs:e.tookMs,finals:t.finals+ +!!e.isFinal,problem:void 0}),e.isFinal&&e.picks.length>0&&this.shelf?.save(e.picks)}fail(e){this.set({...this.get(),phase:`failed`,problem:e})}};function U(e){try{let t=localStorage.getItem(`webflix.${e}`);return t===null?void 0:JSON.parse(t)}catch{return}}function W(e,t){try{t===void 0?localStorage.removeItem(`webflix.${e}`):localStorage.setItem(`webflix.${e}`,JSON.stringify(t))}catch{}}var G=class{queries;marks=new xe;live;ranking;person;ended=!1;token;commands;constructor(e){if(this.queries=Q(e?.token,[ee,i]),this.commands=Q(e?.token,[i]),!e)return;this.person=e.person,this.token=e.token,this.live=new ke(ie,e.token,()=>Y(`expired`,this));let t=K(e.person);this.ranking=new Me(this.live,U(`settings.${e.person.id}`),{load:()=>U(t),save:e=>W(t,e)})}command(e,t){return $(this.commands,e,t)}async read(e,t){let n=await this.queries.query(e,t,{requestPolicy:`network-only`}).toPromise();if(n.error||!n.data)throw Error(n.error?.graphQLErrors[0]?.message??c.states.noConnection);return n.data}dispose(){this.ended=!0,this.ranking?.dispose(),this.live?.dispose()}forget(){this.person&&(U(`ticket`)?.token===this.token&&W(`ticket`,void 0),W(K(this.person),void 0))}},K=e=>`ranking.${e.id}`,q=new f(``);function Ne(){let e=U(`ticket`);return e?.token&&e.person?.id&&e.person.name?e:void 0}var J=new f(new G(Ne()));function Pe(e,t){W(`ticket`,{token:e,person:t}),q.set(``),X(new G({token:e,person:t}))}function Y(e=``,t=J.get()){t===J.get()&&(t.dispose(),t.forget(),q.set(e),X(new G))}function X(e){J.get().dispose(),ye(),J.set(e)}var Z=(0,l.createContext)(J.get()),Fe=()=>(0,l.useContext)(Z);function Ie(e){let t=Q(e,[i]);return{command:(e,n)=>$(t,e,n)}}async function Le(e){let{data:t,error:n}=await Q(e,[i]).query(fe,{}).toPromise();if(!t)throw Error(n?.graphQLErrors[0]?.message??c.states.noConnection);return t.viewer}function Q(e,n){let r=e?{authorization:`Bearer ${e}`}:{};return new t({url:u,exchanges:n,fetchOptions:{headers:r,credentials:`same-origin`},preferGetMethod:!1})}async function $(e,t,n){let r=await e.mutation(t,n).toPromise();if(r.error)throw Error(r.error.graphQLErrors[0]?.message??c.states.noConnection);let i=r.data;if(i.result?.message&&i.result.__typename.endsWith(`Error`))throw Error(i.result.message);return i}export{A,d as B,C,E as D,S as E,b as F,re as H,f as I,p as L,D as M,he as N,O,w as P,oe as R,x as S,ge as T,ce as U,se as V,j as _,Y as a,de as b,Le as c,Se as d,be as f,pe as g,N as h,q as i,M as j,k,W as l,_e as m,Pe as n,J as o,ve as p,Ie as r,Fe as s,Z as t,H as u,T as v,me as w,y as x,ue as y,ae as z};