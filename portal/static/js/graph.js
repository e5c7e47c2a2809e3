/* The picture of who brought whom. Every node has its place from the start and stays there: groups side by side with
   their referrers around them, or one person with those who brought them on one side and their friends on the other. */
(function () {
  "use strict";

  const LEGEND = 40;

  function circle(count, centre, reach, put) {
    const inner = count > 16;
    for (let place = 0; place < count; place += 1) {
      const angle = 2 * Math.PI * place / count - Math.PI / 2;
      const far = inner && place % 2 ? 0.62 : 1;
      put(place, centre.x + reach.x * far * Math.cos(angle), centre.y + reach.y * far * Math.sin(angle));
    }
  }

  /* Groups in a grid of equal cells, each with a ring of its own; what belongs to no group takes a cell too. Where the
     cells are small, as on a phone, a group stands alone, and is opened by a tap. */
  function grouped(facts, size) {
    const spots = {};
    const heads = facts.nodes.filter(function (node) { return !node.of || node.of === node.key; });
    const height = size.height - LEGEND - 16;
    const columns = Math.max(1, Math.min(heads.length, Math.round(Math.sqrt(heads.length * size.width / height))));
    const rows = Math.ceil(heads.length / columns);
    const cell = { x: size.width / columns, y: height / rows };
    heads.forEach(function (head, place) {
      const row = Math.floor(place / columns);
      const inRow = Math.min(columns, heads.length - row * columns);
      const centre = { x: (place % columns + 0.5) * size.width / inRow, y: LEGEND + (row + 0.5) * cell.y };
      const own = facts.nodes.filter(function (node) { return node.of === head.key && node !== head; });
      const reach = { x: Math.max(16, cell.x / 2 - (size.narrow ? 28 : 56)), y: Math.max(16, cell.y / 2 - 30) };
      spots[head.key] = [centre.x, centre.y];
      if (cell.x < 150 || cell.y < 150) return;
      circle(own.length, centre, reach, function (which, x, y) { spots[own[which].key] = [x, y]; });
    });
    return spots;
  }

  /* Nodes in columns (or, on a phone, rows) that fill an area evenly. */
  function filled(nodes, area, across, spots) {
    const rows = Math.max(1, Math.ceil(nodes.length / across));
    nodes.forEach(function (node, place) {
      const row = place % rows;
      const column = Math.floor(place / rows);
      const used = Math.ceil(nodes.length / rows);
      spots[node.key] = [
        area.x + (column + 0.5) * area.width / used,
        area.y + (row + 0.5) * area.height / rows
      ];
    });
  }

  /* Friends below each other, and to their right those whom they brought: a row for each that brought nobody on. */
  function tree(friends, brought, area, spots) {
    const height = area.height / friends.reduce(function (rows, friend) { return rows + Math.max(1, brought[friend.key].length); }, 0);
    let row = 0;
    friends.forEach(function (friend) {
      const own = brought[friend.key];
      own.forEach(function (node, place) { spots[node.key] = [area.x + area.width * 0.5, area.y + (row + place + 0.5) * height]; });
      spots[friend.key] = [area.x, area.y + (row + Math.max(1, own.length) / 2) * height];
      row += Math.max(1, own.length);
    });
  }

  function around(facts, size) {
    const centre = facts.nodes[0];
    const before = {};
    const after = {};
    facts.edges.forEach(function (edge) {
      if (edge.to === centre.key) before[edge.from] = true;
      if (edge.from === centre.key) after[edge.to] = true;
    });
    const rest = facts.nodes.slice(1);
    const bringers = rest.filter(function (node) { return before[node.key]; });
    const friends = rest.filter(function (node) { return after[node.key] && !before[node.key]; });
    const further = rest.filter(function (node) { return !after[node.key] && !before[node.key]; });
    const brought = {};
    friends.forEach(function (friend) {
      brought[friend.key] = further.filter(function (node) {
        return facts.edges.find(function (edge) { return edge.to === node.key; }).from === friend.key;
      });
    });
    const spots = {};
    const height = size.height - LEGEND;
    const top = size.narrow && bringers.length ? 56 * Math.ceil(bringers.length / 3) : 0;
    const left = !size.narrow && bringers.length ? size.width * 0.2 : 0;
    const per = Math.max(1, Math.floor((height - top) / (size.narrow ? 17 : 30)));
    const from = size.narrow ? size.width * 0.4 : left + size.width * 0.24;
    if (size.narrow) filled(bringers, { x: 0, y: LEGEND, width: size.width, height: top }, 3, spots);
    else filled(bringers, { x: 0, y: LEGEND, width: left, height: height }, Math.ceil(bringers.length / per), spots);
    spots[centre.key] = [left + (from - left) / 2, LEGEND + top + (height - top) / 2];
    const room = { x: from, y: LEGEND + top, width: size.width - from, height: height - top };
    if (further.length) {
      room.x = size.narrow ? size.width * 0.2 : from;
      room.width = size.width - room.x;
      spots[centre.key][0] = size.narrow ? size.width * 0.06 : spots[centre.key][0];
      tree(friends, brought, room, spots);
      further.forEach(function (node) { spots[node.key] = spots[node.key] || [size.width * 0.5, size.height - 12]; });
      return spots;
    }
    filled(friends, room, Math.ceil(friends.length / per), spots);
    friends.forEach(function (friend) { spots[friend.key][0] -= room.width / Math.ceil(friends.length / per) * 0.4; });
    return spots;
  }

  function looks(colours) {
    return {
      group: { symbol: "roundRect", colour: colours.primary, base: 26 },
      referrer: { symbol: "circle", colour: colours.info, base: 12 },
      friend: { symbol: "circle", colour: colours.neutral, base: 12 },
      before: { symbol: "diamond", colour: colours.muted, base: 12 },
      others: { symbol: "diamond", colour: colours.muted, base: 12 }
    };
  }

  function short(text, most) {
    return text.length > most ? text.slice(0, most - 1) + "…" : text;
  }

  function legend(facts, marks, look, colours) {
    return {
      top: 0, left: 0, selectedMode: false, itemWidth: 14, itemHeight: 14,
      textStyle: { color: colours.ink, fontFamily: colours.type },
      data: marks.map(function (mark) {
        return { name: facts.marks[mark], icon: look[mark].symbol, itemStyle: { color: look[mark].colour } };
      })
    };
  }

  /* Who brings friends too is ringed among the friends; how far a friend has come is a word with a colour. */
  function rim(node, colours) {
    return node.tone && node.mark === "referrer"
      ? { borderColor: colours.info, borderWidth: 3 }
      : { borderColor: colours.surface, borderWidth: 1 };
  }

  function line(edge, near, colours) {
    return {
      color: edge.brought && !near ? colours.accent : colours.muted,
      width: edge.brought ? Math.min(4, 1 + Math.log(edge.count)) : 1,
      opacity: !edge.brought ? 0.3 : near ? 0.7 : 0.45,
      curveness: edge.brought && !near ? 0.2 : 0
    };
  }

  window.portalPictures.tell("graph", function (facts, colours, size) {
    const near = facts.layout === "around";
    const spots = near ? around(facts, size) : grouped(facts, size);
    const shown = facts.nodes.filter(function (node) { return spots[node.key]; });
    const marks = Object.keys(facts.marks).filter(function (mark) {
      return shown.some(function (node) { return node.mark === mark; });
    });
    const look = looks(colours);
    const letters = size.narrow ? 10 : 18;
    const scale = size.narrow && shown.length > 24 ? 0.6 : 1;
    const middle = spots[facts.nodes[0].key][0];
    const goesOn = {};
    facts.edges.forEach(function (edge) { goesOn[edge.from] = true; });
    const nodes = shown.map(function (node) {
      const own = look[node.mark];
      const grown = near && node !== facts.nodes[0] ? 0 : Math.min(20, 3 * Math.sqrt(node.size));
      return {
        id: node.key, name: node.label, value: spots[node.key], category: marks.indexOf(node.mark), url: node.url,
        said: node.said, symbol: own.symbol, symbolSize: (own.base + grown) * scale,
        cursor: node.url ? "pointer" : "default",
        itemStyle: Object.assign({ color: node.tone ? colours[node.tone] : own.colour }, rim(node, colours)),
        label: {
          position: near && spots[node.key][0] > middle && !goesOn[node.key] ? "right" : "bottom",
          formatter: node.label.split(" · ").map(function (part) { return short(part, letters); }).join("\n") + (node.step ? "  {step|" + node.step + "}" : "")
        }
      };
    });
    const edges = facts.edges.filter(function (edge) { return spots[edge.from] && spots[edge.to]; });
    return {
      grid: { left: 0, right: 0, top: 0, bottom: 0 },
      xAxis: { type: "value", show: false, min: 0, max: size.width },
      yAxis: { type: "value", show: false, min: 0, max: size.height, inverse: true },
      legend: legend(facts, marks, look, colours),
      series: [{
        type: "graph", coordinateSystem: "cartesian2d", layout: "none", roam: false, data: nodes,
        links: edges.map(function (edge) {
          const ends = ["none", edge.brought ? "arrow" : "none"];
          return { source: edge.from, target: edge.to, symbol: ends, symbolSize: 7, lineStyle: line(edge, near, colours) };
        }),
        categories: marks.map(function (mark) { return { name: facts.marks[mark], itemStyle: { color: look[mark].colour } }; }),
        label: {
          show: true, position: "bottom", distance: 3, color: colours.ink, fontSize: 12, lineHeight: 15,
          textBorderColor: colours.surface, textBorderWidth: 3,
          rich: { step: { color: colours.muted, fontSize: 11 } }
        },
        labelLayout: { hideOverlap: true },
        emphasis: { focus: "adjacency", scale: false },
        tooltip: { formatter: function (hit) { return hit.dataType === "node" ? hit.data.said : ""; } }
      }]
    };
  });
})();
