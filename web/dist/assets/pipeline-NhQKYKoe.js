import{b as e,h as t}from"./format-DRzx6TT8.js";var n=[`🦊`,`🐙`,`🌵`,`🍉`,`🚀`,`🎈`,`🐳`,`🍋`,`🦜`,`🧊`,`🦋`,`🍩`,`🐢`,`🌻`,`🎸`,`🐝`,`🍄`,`⛵`,`🦉`,`🌶️`,`🪁`,`🦔`,`🍒`,`🎯`],r=`ABCDEFGHJKLMNPRSTUVWXYZ`;function i(e){let i=t(e);return{emoji:n[i%n.length],letter:r[(i>>>8)%23],shape:(i>>>16)%5}}var a=[`M0 -13a13 13 0 1 1 -.01 0Z`,`M-12 -12h24v24h-24Z`,`M0 -16l16 16 -16 16 -16 -16Z`,`M0 -15l15 26h-30Z`,`M-7.500 -13h15l7.500 13 -7.500 13h-15l-7.500 -13Z`],o;function s(){return o??=c(),o}function c(){let e=document.createElement(`canvas`);e.width=e.height=16;let t=e.getContext(`2d`,{willReadFrequently:!0});if(!t)return!1;t.font=`14px sans-serif`,t.fillText(`🦊`,0,13);let{data:n}=t.getImageData(0,0,16,16);for(let e=0;e<n.length;e+=4)if(n[e+3]>99&&Math.abs(n[e]-n[e+2])>40)return!0;return!1}var l=e(`
  fragment TrailFields on Trail {
    requestId mine acceptedAt deadlineAt finalAt
    steps { criterion status publishedAt startedAt finishedAt mergedAt late worker }
  }
`),u=e(`
  subscription Frames {
    pipeline {
      at requestCount requestsPerSecond
      queues { name criterion ready unacked consumers oldestMs inPerSecond outPerSecond }
      trails { ...TrailFields }
    }
  }
`,[l]),d=e(`query TrailById($id: ID!) { trail(id: $id) { ...TrailFields } }`,[l]);export{a,s as i,d as n,i as r,u as t};