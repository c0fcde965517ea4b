(function () {
  'use strict';
  var all = function (selector, root) { return Array.prototype.slice.call((root || document).querySelectorAll(selector)); };
  var texts = new WeakMap();
  var textOf = function (item) {
    if (!texts.has(item)) { texts.set(item, item.textContent.toLowerCase()); }
    return texts.get(item);
  };
  var words = function (value) { return value.toLowerCase().split(/\s+/).filter(Boolean); };
  var holds = function (item, wanted) {
    return wanted.length === 0 || wanted.every(function (word) { return textOf(item).indexOf(word) !== -1; });
  };

  var filter = function (form, items, passes) {
    if (!form) { return; }
    form.hidden = false;
    var pending = 0;
    var apply = function () {
      pending = 0;
      var shown = 0;
      var test = passes(form.elements);
      items.forEach(function (item) {
        var visible = test(item);
        item.hidden = !visible;
        if (visible) { shown += 1; }
      });
      form.querySelector('output').textContent = shown === items.length ? String(shown) + ' shown' : shown + ' of ' + items.length + ' shown';
    };
    var soon = function () { if (!pending) { pending = window.setTimeout(apply, 60); } };
    form.addEventListener('input', soon);
    form.addEventListener('submit', function (event) { event.preventDefault(); apply(); });
    apply();
  };

  var findings = all('details.finding');
  var findingForm = document.getElementById('finding-filter');
  filter(findingForm, findings, function (fields) {
    var wanted = words(fields.text.value);
    var severities = all('input[name=severity]:checked', findingForm).map(function (box) { return box.value; });
    var rule = fields.rule.value;
    var quiet = fields.quiet ? fields.quiet.checked : false;
    return function (item) {
      var data = item.dataset;
      return severities.indexOf(data.severity) !== -1 && (!rule || data.rule === rule) &&
        (quiet || data.status === 'open') && holds(item, wanted);
    };
  });

  var entityForm = document.getElementById('entity-filter');
  filter(entityForm, all('table.inventory tbody tr'), function (fields) {
    var wanted = words(fields.text.value);
    var kind = fields.kind.value;
    var verdict = fields.verdict.value;
    return function (row) {
      return (!kind || row.dataset.kind === kind) &&
        (!verdict || row.dataset.verdicts.split(' ').indexOf(verdict) !== -1) && holds(row, wanted);
    };
  });

  var openAll = function (open) { findings.forEach(function (item) { item.open = open; }); };
  all('[data-open]').forEach(function (button) {
    button.addEventListener('click', function () {
      var open = button.textContent === 'Open all';
      openAll(open);
      button.textContent = open ? 'Close all' : 'Open all';
    });
  });
  window.addEventListener('beforeprint', function () { all('details').forEach(function (item) { item.open = true; }); });

  document.addEventListener('keydown', function (event) {
    var field = findingForm && findingForm.elements.text;
    if (event.key === '/' && field && !/^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) {
      event.preventDefault();
      field.focus();
    }
  });

  if (navigator.clipboard) {
    all('ol.steps li').forEach(function (step) {
      var button = document.createElement('button');
      var code = step.querySelector('code');
      button.type = 'button';
      button.className = 'copy';
      button.textContent = 'Copy';
      button.addEventListener('click', function () {
        navigator.clipboard.writeText(code.textContent).then(function () { button.textContent = 'Copied'; }, function () { button.textContent = 'Copy by hand'; });
      });
      step.appendChild(button);
    });
  }

  var theme = document.getElementById('theme');
  theme.hidden = false;
  theme.addEventListener('click', function () {
    var root = document.documentElement;
    var dark = root.dataset.theme ? root.dataset.theme === 'dark' : window.matchMedia('(prefers-color-scheme: dark)').matches;
    root.dataset.theme = dark ? 'light' : 'dark';
  });

  var jump = function () {
    var target = window.location.hash && document.getElementById(window.location.hash.slice(1));
    if (target && target.tagName === 'DETAILS') { target.open = true; target.scrollIntoView(); }
  };
  window.addEventListener('hashchange', jump);
  jump();
}());
