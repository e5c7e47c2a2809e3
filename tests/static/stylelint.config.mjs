export default {
  extends: ["stylelint-config-recommended"],
  rules: {
    // who sets a larger type in the browser gets it
    "declaration-property-unit-disallowed-list": { "font": ["px", "pt"], "font-size": ["px", "pt"] },
    "no-descending-specificity": null, // the files go by component, and no two of them meet in one element
    "property-no-deprecated": [true, { ignoreProperties: ["clip"] }], // what old browsers hide a text by
  },
  overrides: [
    { files: ["**/portal.css"], rules: { "no-duplicate-selectors": null } }, // tokens, and then what follows from them
  ],
};
