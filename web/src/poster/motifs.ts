import * as action from './motifs/action'
import * as clues from './motifs/clues'
import type { Motif } from './motifs/motif'
import * as night from './motifs/night'
import * as people from './motifs/people'
import * as places from './motifs/places'
import * as play from './motifs/play'
import * as space from './motifs/space'

/** What a genre's posters may show, at least six ways for each genre that is common. Append only: the order is part of what
 * makes a film's poster stay the same. */
const table: Record<string, readonly Motif[]> = {
  Action: [action.rays, action.chevrons, action.blast, action.speed, action.lightning, action.jets, action.bolted],
  Adventure: [places.ridges, places.compass, places.waves, places.airBalloon, places.pyramids, places.treasureMap],
  Animation: [play.blobs, play.monster, play.robot, play.fish, play.paint, play.cat],
  Children: [play.balloons, play.kite, play.blocks, play.sunHouse, play.duck, play.bear],
  Comedy: [people.smile, play.memphis, play.bubbles, people.shades, people.moustache, people.partyHat, play.banana],
  Crime: [night.blindsMan, night.fingerprint, night.skyline, night.crosshair, night.cracked, night.spade, clues.oldKey],
  Documentary: [
    clues.target,
    clues.halftone,
    clues.filmStrip,
    clues.aperture,
    clues.waveform,
    clues.globe,
    clues.photos,
  ],
  Drama: [
    people.profile,
    people.lone,
    people.panes,
    people.cutPaper,
    people.arcs,
    people.dusk,
    night.skyline,
    people.door,
  ],
  Fantasy: [places.castle, places.portal, places.crystals, places.floatingIsles, places.sword, places.glowTree],
  'Film-Noir': [night.spotlitMan, night.smoke, night.streetLamp, night.fedora, night.blindsMan, night.skyline],
  Horror: [night.drips, night.eye, night.deadTrees, night.hauntedHouse, night.claws, night.ghostMask],
  IMAX: [action.frames, space.eclipse],
  Musical: [clues.equaliser, clues.vinyl, clues.piano, clues.notes, clues.microphone, clues.stageLights],
  Mystery: [clues.keyhole, clues.loupe, clues.maze, clues.oldKey, clues.watchingEye, clues.doors, night.lantern],
  Romance: [people.hearts, people.dusk, people.rose, people.rings, people.letter, people.umbrella],
  'Sci-Fi': [
    space.ringedPlanet,
    space.retroSun,
    space.eclipse,
    space.orbits,
    space.monolith,
    space.rocket,
    space.saucer,
    space.visor,
  ],
  Thriller: [night.spiral, night.blade, night.crosshair, night.skyline, night.slit, night.stairs, night.cracked],
  War: [clues.sunPlanes, clues.wire, clues.helmet, clues.poppies, clues.dogTags, clues.searchlights],
  Western: [places.mesas, places.sheriff, places.railway, places.wagonWheel, places.horseshoe, places.cactus],
}

const unknown: readonly Motif[] = [action.dots, action.frames, people.arcs, people.cutPaper]

export const motifsOf = (genre: string): readonly Motif[] => table[genre] ?? unknown
